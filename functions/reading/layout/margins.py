"""Numbers in the margin, which count the lines of running text and are none of it, as in transcripts and laws."""

from collections.abc import Iterator, Mapping, Sequence

from functions.reading.layout.columns import Gutter, stretched
from functions.reading.layout.pieces import Piece

#: Fewer may number what is looked up by them: chapters, or the items of an invoice.
_LINES = 10
#: Numbers with so many digits count nothing.
_DIGITS = 10
#: So many in a row may be misread.
_MISREAD = 2
#: They stand in one column, and at equal distances, but for so many line heights.
_OFF = 0.5
#: Of lines that run on, so many begin with a small letter, other than entries of a list,
_RUNS_ON = 0.15
#: and so many end in words, other than rows of a table.
_WORDS = 0.8


def numbered(pieces: Sequence[Piece], beside: Mapping[int, int], height: float) -> Iterator[Gutter]:
    """Between such numbers and the lines that they count."""
    leading = sorted(set(range(len(pieces))) - set(beside.values()), key=lambda index: pieces[index].middle)
    for run in _runs([index for index in leading if _counts(pieces[index])], pieces, height):
        lines = [_row(index, beside) for index in run if index in beside]
        if len(lines) >= _LINES and _run_on([[pieces[part] for part in line] for line in lines]):
            edge, right = max(pieces[index].right for index in run), min(pieces[first].left for first, *_ in lines)
            margin = Gutter((edge + right) / 2, right, pieces[run[0]].top, pieces[run[-1]].bottom)
            yield stretched(margin, pieces, pieces, height)


def _row(number: int, beside: Mapping[int, int]) -> list[int]:
    """What stands beside a number."""
    found = [beside[number]]
    while found[-1] in beside:
        found.append(beside[found[-1]])
    return found


def _counts(piece: Piece) -> bool:
    return piece.text.isdecimal() and len(piece.text) < _DIGITS


def _runs(numbers: Sequence[int], pieces: Sequence[Piece], height: float) -> Iterator[list[int]]:
    """Numbers that go on from one to the next, given from top to bottom."""
    run: list[int] = []
    for index in numbers:
        if run and not _goes_on([pieces[earlier] for earlier in run[-2:]], pieces[index], height):
            yield run
            run = []
        run.append(index)
    yield run


def _goes_on(run: Sequence[Piece], piece: Piece, height: float) -> bool:
    last = run[-1]
    steps = int(piece.text) - int(last.text)
    if (
        not 1 <= steps <= _MISREAD + 1
        or min(abs(piece.left - last.left), abs(piece.right - last.right)) > _OFF * height
    ):
        return False
    before = (last.middle - run[0].middle) / max(1, int(last.text) - int(run[0].text))
    return len(run) == 1 or abs((piece.middle - last.middle) / steps - before) <= _OFF * height


def _run_on(lines: Sequence[Sequence[Piece]]) -> bool:
    small = sum(first.text[:1].islower() for first, *_ in lines)
    words = sum(any(map(str.isalpha, last.text)) for *_, last in lines)
    return small >= _RUNS_ON * len(lines) and words >= _WORDS * len(lines)
