"""Classes of character errors, and the number of errors in each class."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum

from rapidfuzz.distance import Editop, Levenshtein

from local.evaluation.text import TextSide
from local.evaluation.word_alignment import Mismatch, WordMismatches, find_mismatches


class ErrorClass(StrEnum):
    """The class of a character edit.

    If several classes apply, the first one in this order counts, with one exception: `missing_word` counts before
    `extra_line`.
    """

    READING_ORDER = "reading_order"  # the word was read at another position
    MISSING_LINE = "missing_line"  # more than half of the word, and more than half of its line, was not read
    EXTRA_LINE = "extra_line"  # more than half of the read word, and of its line, is not in the true text
    MISSING_WORD = "missing_word"  # more than half of the word was not read
    EXTRA_WORD = "extra_word"  # more than half of the read word is not in the true text
    CASE = "case"  # a capital was read as a small letter, or the reverse
    ESZETT = "eszett"  # ß was read as B or ss, or the reverse
    UMLAUT_LOST = "umlaut_lost"  # ä ö ü Ä Ö Ü were read as another letter, or not read
    UMLAUT_INVENTED = "umlaut_invented"  # another letter, or none, was read as ä ö ü Ä Ö Ü
    NUMBER = "number"  # a digit is wrong, lost or invented
    SPACING = "spacing"  # a space is lost or invented
    PUNCTUATION = "punctuation"  # a punctuation mark or a symbol, such as a currency sign, is wrong
    OTHER = "other"

    @property
    def label(self) -> str:
        """The name of the class for users, with spaces."""
        return self.replace("_", " ")


_UMLAUTS = frozenset("äöüÄÖÜ")
_ESZETT = frozenset("ßẞ")
_CLASS_IN_TRUTH = {Mismatch.LINE: ErrorClass.MISSING_LINE, Mismatch.WORD: ErrorClass.MISSING_WORD}
_CLASS_IN_READING = {Mismatch.LINE: ErrorClass.EXTRA_LINE, Mismatch.WORD: ErrorClass.EXTRA_WORD}
# The conditions for classes of single letters, in order. Their arguments are the true letter and the read letter. An
# empty string stands for no letter.
_LETTER_RULES: tuple[tuple[ErrorClass, Callable[[str, str], bool]], ...] = (
    (ErrorClass.CASE, lambda true, read: bool(true and read) and true.casefold() == read.casefold()),
    (ErrorClass.ESZETT, lambda true, read: bool({true, read} & _ESZETT)),
    (ErrorClass.UMLAUT_LOST, lambda true, _: true in _UMLAUTS),
    (ErrorClass.UMLAUT_INVENTED, lambda _, read: read in _UMLAUTS),
    (ErrorClass.NUMBER, lambda true, read: true.isdigit() or read.isdigit()),
    (ErrorClass.SPACING, lambda true, read: " " in {true, read}),
    (ErrorClass.PUNCTUATION, lambda true, read: unicodedata.category(true or read)[0] in "PS"),
)
# These classes replace the class OTHER of adjacent edits. One letter is often read as two letters, such as ä as ae or
# ii, and ß as ss. Both edits then belong to this letter.
_SPREADING_CLASSES = {ErrorClass.ESZETT, ErrorClass.UMLAUT_LOST, ErrorClass.UMLAUT_INVENTED}


def count_error_classes(true_side: TextSide, read_side: TextSide) -> Counter[ErrorClass]:
    """Return the number of character edits per class. The sum is the Levenshtein distance of the two texts."""
    edits = Levenshtein.editops(true_side.text, read_side.text)
    mismatches = find_mismatches(true_side, read_side, edits)
    counts: Counter[ErrorClass] = Counter()
    for group in group_adjacent_edits(list(edits)):
        counts.update(_classify_group(group, (true_side, read_side), mismatches))
    return counts


def group_adjacent_edits(edits: Sequence[Editop]) -> Iterator[list[Editop]]:
    """Yield groups of edits that follow each other without a correct character between them."""
    group: list[Editop] = []
    for edit in edits:
        if group and (edit.src_pos, edit.dest_pos) != _get_next_positions(group[-1]):
            yield group
            group = []
        group.append(edit)
    if group:
        yield group


def _get_next_positions(edit: Editop) -> tuple[int, int]:
    """Return the positions after an edit, in the true text and in the read text."""
    return edit.src_pos + (edit.tag != "insert"), edit.dest_pos + (edit.tag != "delete")


def _classify_group(
    group: Sequence[Editop], sides: tuple[TextSide, TextSide], mismatches: tuple[WordMismatches, WordMismatches]
) -> list[ErrorClass]:
    """Return the class of each edit in a group of adjacent edits.

    `sides` and `mismatches` are those of the true text and of the read text, in this order.
    """
    (true_side, read_side), (true_mismatches, read_mismatches) = sides, mismatches
    classes = []
    for edit in group:
        missing_mismatch = true_mismatches.find_mismatch(edit.src_pos) if edit.tag != "insert" else None
        extra_mismatch = read_mismatches.find_mismatch(edit.dest_pos) if edit.tag != "delete" else None
        classes.append(
            _classify_mismatch(missing_mismatch, extra_mismatch) or _classify_edit(edit, true_side.text, read_side.text)
        )
    spreading_class = next((kind for kind in classes if kind in _SPREADING_CLASSES), None)
    return [spreading_class if spreading_class and kind is ErrorClass.OTHER else kind for kind in classes]


def _classify_mismatch(missing_mismatch: Mismatch | None, extra_mismatch: Mismatch | None) -> ErrorClass | None:
    """Return the class of an edit that follows from the mismatch of a word, or None if no word has a mismatch.

    `missing_mismatch` is that of the word in the true text, and `extra_mismatch` that of the word in the read text.
    """
    if Mismatch.MOVED in (missing_mismatch, extra_mismatch):
        return ErrorClass.READING_ORDER
    if missing_mismatch is not None:
        return _CLASS_IN_TRUTH[missing_mismatch]
    return None if extra_mismatch is None else _CLASS_IN_READING[extra_mismatch]


def _classify_edit(edit: Editop, truth: str, read_text: str) -> ErrorClass:
    true_letter = truth[edit.src_pos] if edit.tag != "insert" else ""
    read_letter = read_text[edit.dest_pos] if edit.tag != "delete" else ""
    return classify_letters(true_letter, read_letter)


def classify_letters(true_letter: str, read_letter: str) -> ErrorClass:
    """Return the class of an edit that replaces `true_letter` by `read_letter`.

    An empty string stands for no letter: nothing was read, or nothing is in the true text.
    """
    return next((kind for kind, applies in _LETTER_RULES if applies(true_letter, read_letter)), ErrorClass.OTHER)
