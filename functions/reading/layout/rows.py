"""Rows: what is read across, as in tables and forms, unless a gutter parts it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.reading.layout.columns import Gutter
from functions.reading.layout.pieces import Piece


@dataclass(frozen=True, slots=True)
class Row:
    """Pieces from left to right, and the place of all."""

    pieces: tuple[Piece, ...]
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def text(self) -> str:
        return " ".join(piece.text for piece in self.pieces)


def rows(pieces: Sequence[Piece], beside: Mapping[int, int], gutters: Sequence[Gutter], height: float) -> list[Row]:
    """Every piece in one row."""
    joined = {a: b for a, b in beside.items() if not _parted(pieces[a], pieces[b], gutters, height)}
    found = []
    for start in sorted(set(range(len(pieces))) - set(joined.values())):
        chain = [start]
        while chain[-1] in joined:
            chain.append(joined[chain[-1]])
        found.append(row([pieces[index] for index in chain]))
    return found


def row(pieces: Sequence[Piece]) -> Row:
    return Row(
        tuple(pieces),
        min(piece.left for piece in pieces),
        min(piece.top for piece in pieces),
        max(piece.right for piece in pieces),
        max(piece.bottom for piece in pieces),
    )


def _parted(a: Piece, b: Piece, gutters: Sequence[Gutter], height: float) -> bool:
    y = (a.middle + b.middle) / 2
    slack = height / 2
    return any(
        gutter.top <= y <= gutter.bottom and a.right - slack <= gutter.middle <= b.left + slack for gutter in gutters
    )
