"""Links between segments in a column, on usual pages and on crowded pages that need a grid."""

import pytest

from functions.reading.layout.neighbours import link_lower_neighbours
from functions.reading.layout.segments import LineSegment

LINE_HEIGHT, DISTANCE, WIDTH = 20, 28, 60


def make_table(rows: int, columns: int) -> list[LineSegment]:
    """Return segments row by row, with gaps between columns."""
    return [
        LineSegment(
            row * DISTANCE, column * 2 * WIDTH, row * DISTANCE + LINE_HEIGHT, column * 2 * WIDTH + WIDTH, "Maß", (), 0
        )
        for row in range(rows)
        for column in range(columns)
    ]


@pytest.mark.parametrize("columns", [3, 200], ids=["few", "many"])
def test_segments_of_each_column_are_linked(columns: int) -> None:
    segments = make_table(rows=3, columns=columns)
    assert link_lower_neighbours(segments, LINE_HEIGHT) == {upper: upper + columns for upper in range(2 * columns)}
