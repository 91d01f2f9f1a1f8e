"""Where two readings differ, as it is listed beside what was made of them."""

from collections.abc import Iterator, Sequence

from functions.engine.consensus.voting import Side, Vote
from functions.reading.boxes import around
from functions.reading.reading import Box, Disagreement, Line


def listed(votes: Sequence[Vote], surer: Side, other: Side, lines: Sequence[Line]) -> list[Disagreement]:
    """In the order of the lines that they stand in; last what stands in none. Places are where `lines` have theirs."""
    found = _disagreements(votes, surer, other, lines)
    return sorted(found, key=lambda one: len(lines) if one.line is None else one.line)


def _disagreements(votes: Sequence[Vote], surer: Side, other: Side, lines: Sequence[Line]) -> Iterator[Disagreement]:
    for one in votes:
        mine, its = surer.those(one.pair.first), other.those(one.pair.second)
        boxes = [token.word.box for token in mine or its if token.word]
        box = around(boxes) if boxes else None
        yield Disagreement(
            read={surer.engine: surer.said(one.pair.first), other.engine: other.said(one.pair.second)},
            taken=one.taken,
            why=one.why,
            line=_line_around(box, lines) if box else None,
            box=box,
        )


def _line_around(place: Box, lines: Sequence[Line]) -> int | None:
    across, down = (place[0] + place[2]) / 2, (place[1] + place[3]) / 2
    boxes = (line.box for line in lines)
    return next((n for n, box in enumerate(boxes) if box[0] <= across <= box[2] and box[1] <= down <= box[3]), None)
