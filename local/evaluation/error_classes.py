"""Classes of character errors."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum

from rapidfuzz.distance import Editop, Levenshtein

from local.evaluation.text import TextSide
from local.evaluation.word_alignment import Mismatch, WordMismatches, find_mismatches


class ErrorClass(StrEnum):
    """The class of a character edit. If several apply, the first one counts."""

    READING_ORDER = "reading_order"  # of a word that was read in another place
    MISSING_LINE = "missing_line"  # most of a line of the truth was not read
    EXTRA_LINE = "extra_line"  # most of a line that was read does not exist in the truth
    MISSING_WORD = "missing_word"
    EXTRA_WORD = "extra_word"
    CASE = "case"
    ESZETT = "eszett"  # ß read as B or ss, or the reverse
    UMLAUT_LOST = "umlaut_lost"
    UMLAUT_INVENTED = "umlaut_invented"
    NUMBER = "number"  # a digit is wrong, lost or invented
    SPACING = "spacing"
    PUNCTUATION = "punctuation"  # also symbols, such as currency signs
    OTHER = "other"

    @property
    def label(self) -> str:
        return self.replace("_", " ")


_UMLAUTS = frozenset("äöüÄÖÜ")
_ESZETT = frozenset("ßẞ")
_CLASS_IN_TRUTH = {Mismatch.LINE: ErrorClass.MISSING_LINE, Mismatch.WORD: ErrorClass.MISSING_WORD}
_CLASS_IN_READING = {Mismatch.LINE: ErrorClass.EXTRA_LINE, Mismatch.WORD: ErrorClass.EXTRA_WORD}
_RULES: tuple[tuple[ErrorClass, Callable[[str, str], bool]], ...] = (
    (ErrorClass.CASE, lambda was, now: bool(was and now) and was.casefold() == now.casefold()),
    (ErrorClass.ESZETT, lambda was, now: bool({was, now} & _ESZETT)),
    (ErrorClass.UMLAUT_LOST, lambda was, _: was in _UMLAUTS),
    (ErrorClass.UMLAUT_INVENTED, lambda _, now: now in _UMLAUTS),
    (ErrorClass.NUMBER, lambda was, now: was.isdigit() or now.isdigit()),
    (ErrorClass.SPACING, lambda was, now: " " in {was, now}),
    (ErrorClass.PUNCTUATION, lambda was, now: unicodedata.category(was or now)[0] in "PS"),
)
# One letter is often read as two: ä as ae or ii, ß as ss. The second letter belongs to the same error.
_SPREADING = {ErrorClass.ESZETT, ErrorClass.UMLAUT_LOST, ErrorClass.UMLAUT_INVENTED}


def count_error_classes(truth: TextSide, read: TextSide) -> Counter[ErrorClass]:
    """Return the number of edits per class. Their sum is the Levenshtein distance of the two texts."""
    edits = Levenshtein.editops(truth.text, read.text)
    of_truth, of_read = find_mismatches(truth, read, edits)
    found: Counter[ErrorClass] = Counter()
    for run in group_adjacent_edits(list(edits)):
        found.update(_classify_run(run, (truth, of_truth), (read, of_read)))
    return found


def group_adjacent_edits(edits: Sequence[Editop]) -> Iterator[list[Editop]]:
    """Yield runs of edits without a correct character between them."""
    run: list[Editop] = []
    for edit in edits:
        if run and (edit.src_pos, edit.dest_pos) != _get_next_position(run[-1]):
            yield run
            run = []
        run.append(edit)
    if run:
        yield run


def _get_next_position(edit: Editop) -> tuple[int, int]:
    return edit.src_pos + (edit.tag != "insert"), edit.dest_pos + (edit.tag != "delete")


def _classify_run(
    run: Sequence[Editop], truth: tuple[TextSide, WordMismatches], read: tuple[TextSide, WordMismatches]
) -> list[ErrorClass]:
    classes = []
    for edit in run:
        missing = truth[1].find_mismatch(edit.src_pos) if edit.tag != "insert" else None
        extra = read[1].find_mismatch(edit.dest_pos) if edit.tag != "delete" else None
        classes.append(_classify_mismatch(missing, extra) or _classify_edit(edit, truth[0].text, read[0].text))
    spreading = next((kind for kind in classes if kind in _SPREADING), None)
    return [spreading if spreading and kind is ErrorClass.OTHER else kind for kind in classes]


def _classify_mismatch(missing: Mismatch | None, extra: Mismatch | None) -> ErrorClass | None:
    if Mismatch.MOVED in (missing, extra):
        return ErrorClass.READING_ORDER
    if missing is not None:
        return _CLASS_IN_TRUTH[missing]
    return None if extra is None else _CLASS_IN_READING[extra]


def _classify_edit(edit: Editop, truth: str, read: str) -> ErrorClass:
    was = truth[edit.src_pos] if edit.tag != "insert" else ""
    now = read[edit.dest_pos] if edit.tag != "delete" else ""
    return classify_letters(was, now)


def classify_letters(was: str, now: str) -> ErrorClass:
    """Return the class of a letter that was read as another letter. An empty string stands for no letter."""
    return next((kind for kind, applies in _RULES if applies(was, now)), ErrorClass.OTHER)
