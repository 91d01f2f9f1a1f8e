"""From characters with places to words and lines, in the order of the document."""

import unicodedata
from collections.abc import Iterable, Iterator

from functions.documents.model import Placed
from functions.reading.reading import printable

#: Of one word, or line, is what is no further apart than so many times the larger one's height, and shares so much of
#: the smaller one's. Columns are further apart.
_WORD, _LINE = 0.6, 1.2
_SHARED = 0.3
#: pdfium's marks for a hyphen at the end of a line, where the word goes on in the next.
HYPHENS = {0x02: "-", 0xFFFE: "-"}


def lines(glyphs: Iterable[Placed]) -> tuple[tuple[Placed, ...], ...]:
    """Words by line, as white space and places part them."""
    found: list[list[Placed]] = []
    for ends, word in _words(glyphs):
        if ends or not found or not _near(found[-1][-1], word, _LINE):
            found.append([])
        found[-1].append(word)
    return tuple(map(tuple, found))


def _words(glyphs: Iterable[Placed]) -> Iterator[tuple[bool, Placed]]:
    """Each word, and whether a line ends before it."""
    word: list[Placed] = []
    ends = blank = False
    last = Placed("", 0, 0, 0, 0)
    for glyph in glyphs:
        space = glyph.text.isspace()
        hyphen = bool(word) and ord(word[-1].text[-1]) in HYPHENS
        accent = unicodedata.combining(glyph.text[0])
        if word and (space or hyphen or not (accent or _near(last, glyph, _WORD))):
            if part := _written(word, glued=not blank):
                yield ends, part
            word, ends, blank = [], hyphen, False
        if space:
            ends, blank = ends or glyph.text in "\r\n", True
        else:
            word.append(glyph)
            # An accent may stand anywhere, and nothing goes on from there.
            last = last if accent and len(word) > 1 else glyph
    if part := _written(word, glued=not blank):
        yield ends, part


def _written(glyphs: list[Placed], *, glued: bool) -> Placed | None:
    """The word, unless it has nothing but what cannot be written."""
    text = plain("".join(glyph.text for glyph in glyphs))
    if not text:
        return None
    if len(glyphs) == 1:
        _, left, top, right, bottom, _ = glyphs[0]
        return Placed(text, left, top, right, bottom, glued)
    _, lefts, tops, rights, bottoms, _ = zip(*glyphs, strict=True)
    return Placed(text, min(lefts), min(tops), max(rights), max(bottoms), glued)


def plain(text: str) -> str:
    """NFC, hyphens as hyphens, whole characters where pdfium has halves."""
    if text.isascii() and text.isprintable():
        return text
    whole = text.translate(HYPHENS).encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return unicodedata.normalize("NFC", printable(whole))


def _near(a: Placed, b: Placed, reach: float) -> bool:
    """Whether one goes on where the other ends: side by side or, where writing stands, one above the other."""
    heights, widths = (a.bottom - a.top, b.bottom - b.top), (a.right - a.left, b.right - b.left)
    across, down = _gap(a.left, a.right, b.left, b.right), _gap(a.top, a.bottom, b.top, b.bottom)
    if down <= -_SHARED * min(heights) and across < reach * max(heights):
        return True
    return across <= -_SHARED * min(widths) and down < reach * min(widths) and _stands(a, b)


def _gap(start: float, end: float, other_start: float, other_end: float) -> float:
    """How far two stretches are apart; less than nothing where they overlap."""
    return max(start, other_start) - min(end, other_end)


def _stands(a: Placed, b: Placed) -> bool:
    """Not what lies, as a syllable below another one does."""
    return len(a.text) == len(b.text) == 1 or any(part.bottom - part.top > part.right - part.left for part in (a, b))
