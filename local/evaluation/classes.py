"""What kind of mistake every wrong character is."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum

from rapidfuzz.distance import Editop, Levenshtein

from local.evaluation.fates import Fate, Fates, fates
from local.evaluation.text import Side


class ErrorClass(StrEnum):
    """Every edit of a character is of exactly one; the first that applies."""

    READING_ORDER = "reading_order"  # of a word that was read, but elsewhere
    MISSING_LINE = "missing_line"  # most of a line of the truth was not read
    EXTRA_LINE = "extra_line"  # most of a line that was read is not in the truth
    MISSING_WORD = "missing_word"
    EXTRA_WORD = "extra_word"
    CASE = "case"
    ESZETT = "eszett"  # ß as B or ss, or the other way round
    UMLAUT_LOST = "umlaut_lost"
    UMLAUT_INVENTED = "umlaut_invented"
    NUMBER = "number"  # a digit wrong, lost or invented
    SPACING = "spacing"
    PUNCTUATION = "punctuation"  # and signs, such as those of currencies
    OTHER = "other"

    @property
    def name_for_people(self) -> str:
        return self.replace("_", " ")


_UMLAUTS = frozenset("äöüÄÖÜ")
_ESZETT = frozenset("ßẞ")
_OF_TRUTH = {Fate.LINE: ErrorClass.MISSING_LINE, Fate.WORD: ErrorClass.MISSING_WORD}
_OF_READ = {Fate.LINE: ErrorClass.EXTRA_LINE, Fate.WORD: ErrorClass.EXTRA_WORD}
_RULES: tuple[tuple[ErrorClass, Callable[[str, str], bool]], ...] = (
    (ErrorClass.CASE, lambda was, now: bool(was and now) and was.casefold() == now.casefold()),
    (ErrorClass.ESZETT, lambda was, now: bool({was, now} & _ESZETT)),
    (ErrorClass.UMLAUT_LOST, lambda was, _: was in _UMLAUTS),
    (ErrorClass.UMLAUT_INVENTED, lambda _, now: now in _UMLAUTS),
    (ErrorClass.NUMBER, lambda was, now: was.isdigit() or now.isdigit()),
    (ErrorClass.SPACING, lambda was, now: " " in {was, now}),
    (ErrorClass.PUNCTUATION, lambda was, now: unicodedata.category(was or now)[0] in "PS"),
)
# Letters that often stand for one: ä as ae or ii, ß as ss. The second of them belongs to the same mistake.
_SPREADING = {ErrorClass.ESZETT, ErrorClass.UMLAUT_LOST, ErrorClass.UMLAUT_INVENTED}


def classified(truth: Side, read: Side) -> Counter[ErrorClass]:
    """How many edits of each class there are; all of them together are the Levenshtein distance of the two texts."""
    edits = Levenshtein.editops(truth.text, read.text)
    of_truth, of_read = fates(truth, read, edits)
    found: Counter[ErrorClass] = Counter()
    for run in runs(list(edits)):
        found.update(_of_run(run, (truth, of_truth), (read, of_read)))
    return found


def runs(edits: Sequence[Editop]) -> Iterator[list[Editop]]:
    """Edits with nothing right between them."""
    run: list[Editop] = []
    for edit in edits:
        if run and (edit.src_pos, edit.dest_pos) != _after(run[-1]):
            yield run
            run = []
        run.append(edit)
    if run:
        yield run


def _after(edit: Editop) -> tuple[int, int]:
    return edit.src_pos + (edit.tag != "insert"), edit.dest_pos + (edit.tag != "delete")


def _of_run(run: Sequence[Editop], truth: tuple[Side, Fates], read: tuple[Side, Fates]) -> list[ErrorClass]:
    classes = []
    for edit in run:
        fate = truth[1].at(edit.src_pos) if edit.tag != "insert" else None
        came = read[1].at(edit.dest_pos) if edit.tag != "delete" else None
        classes.append(_of_fate(fate, came) or _of_letters(edit, truth[0].text, read[0].text))
    spreading = next((kind for kind in classes if kind in _SPREADING), None)
    return [spreading if spreading and kind is ErrorClass.OTHER else kind for kind in classes]


def _of_fate(fate: Fate | None, came: Fate | None) -> ErrorClass | None:
    if Fate.MOVED in (fate, came):
        return ErrorClass.READING_ORDER
    if fate is not None:
        return _OF_TRUTH[fate]
    return None if came is None else _OF_READ[came]


def _of_letters(edit: Editop, truth: str, read: str) -> ErrorClass:
    was = truth[edit.src_pos] if edit.tag != "insert" else ""
    now = read[edit.dest_pos] if edit.tag != "delete" else ""
    return of_letters(was, now)


def of_letters(was: str, now: str) -> ErrorClass:
    """The class of one letter read as another, judged by the two alone; nothing stands for none."""
    return next((kind for kind, applies in _RULES if applies(was, now)), ErrorClass.OTHER)
