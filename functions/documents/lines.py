"""Build words and lines from positioned characters, in the order of the document."""

import unicodedata
from collections.abc import Iterable, Iterator

from functions.documents.model import PositionedText
from functions.reading.reading import remove_unprintable

#: The largest gap between characters of a word, and between words of a line, as multiples of the larger height. Gaps
#: between columns are wider.
_WORD_GAP, _LINE_GAP = 0.6, 1.2
#: Neighbours in a line share at least this part of the smaller height.
_SHARED_HEIGHT = 0.3
#: The characters that pdfium returns for a hyphen at the end of a line, and the character that replaces each.
HYPHENS = {0x02: "-", 0xFFFE: "-"}


def build_lines(glyphs: Iterable[PositionedText]) -> tuple[tuple[PositionedText, ...], ...]:
    """Return lines of words. White space and gaps separate words and lines."""
    lines: list[list[PositionedText]] = []
    for starts_line, word in _build_words(glyphs):
        if starts_line or not lines or not _is_adjacent(lines[-1][-1], word, _LINE_GAP):
            lines.append([])
        lines[-1].append(word)
    return tuple(map(tuple, lines))


def _build_words(glyphs: Iterable[PositionedText]) -> Iterator[tuple[bool, PositionedText]]:
    """Yield each word, and whether a line break precedes it."""
    word: list[PositionedText] = []
    starts_line = has_space = False
    previous = PositionedText("", 0, 0, 0, 0)
    for glyph in glyphs:
        is_space = glyph.text.isspace()
        is_hyphenated = bool(word) and ord(word[-1].text[-1]) in HYPHENS
        is_accent = bool(unicodedata.combining(glyph.text[0]))
        if word and (is_space or is_hyphenated or not (is_accent or _is_adjacent(previous, glyph, _WORD_GAP))):
            if complete_word := _build_word(word, no_space_before=not has_space):
                yield starts_line, complete_word
            word, starts_line, has_space = [], is_hyphenated, False
        if is_space:
            starts_line, has_space = starts_line or glyph.text in "\r\n", True
        else:
            word.append(glyph)
            # The position of an accent is arbitrary, so the next character is not compared with it.
            previous = previous if is_accent and len(word) > 1 else glyph
    if complete_word := _build_word(word, no_space_before=not has_space):
        yield starts_line, complete_word


def _build_word(glyphs: list[PositionedText], *, no_space_before: bool) -> PositionedText | None:
    """Return the word of these characters, or None if it has no printable character."""
    text = normalize_word("".join(glyph.text for glyph in glyphs))
    if not text:
        return None
    if len(glyphs) == 1:
        _, left, top, right, bottom, _ = glyphs[0]
        return PositionedText(text, left, top, right, bottom, no_space_before)
    _, lefts, tops, rights, bottoms, _ = zip(*glyphs, strict=True)
    return PositionedText(text, min(lefts), min(tops), max(rights), max(bottoms), no_space_before)


def normalize_word(text: str) -> str:
    """Return the text in NFC, with normal hyphens, and without unprintable characters.

    pdfium returns two surrogates for a character outside the Basic Multilingual Plane, which are joined here.
    """
    if text.isascii() and text.isprintable():
        return text
    joined = text.translate(HYPHENS).encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return unicodedata.normalize("NFC", remove_unprintable(joined))


def _is_adjacent(text: PositionedText, other: PositionedText, max_gap: float) -> bool:
    """Return whether two texts are side by side, or one above the other in vertical text.

    The gap between them must be smaller than `max_gap`, a multiple of the larger height or, in vertical text, of the
    smaller width.
    """
    heights = text.bottom - text.top, other.bottom - other.top
    widths = text.right - text.left, other.right - other.left
    gap_x = _measure_gap(text.left, text.right, other.left, other.right)
    gap_y = _measure_gap(text.top, text.bottom, other.top, other.bottom)
    if gap_y <= -_SHARED_HEIGHT * min(heights) and gap_x < max_gap * max(heights):
        return True
    return gap_x <= -_SHARED_HEIGHT * min(widths) and gap_y < max_gap * min(widths) and _can_be_vertical(text, other)


def _measure_gap(start: float, end: float, other_start: float, other_end: float) -> float:
    """Return the distance between two intervals, negative if they overlap."""
    return max(start, other_start) - min(end, other_end)


def _can_be_vertical(text: PositionedText, other: PositionedText) -> bool:
    """Return whether both texts are single characters, or one text is higher than wide."""
    if len(text.text) == len(other.text) == 1:
        return True
    return any(part.bottom - part.top > part.right - part.left for part in (text, other))
