"""What stands below what, also where so much stands that it is looked for cell by cell."""

import pytest

from functions.reading.layout.neighbours import below
from functions.reading.layout.pieces import Piece

HEIGHT, PITCH, WIDTH = 20, 28, 60


def table(rows: int, columns: int) -> list[Piece]:
    """Pieces row by row, with gaps between columns."""
    return [
        Piece(row * PITCH, column * 2 * WIDTH, row * PITCH + HEIGHT, column * 2 * WIDTH + WIDTH, "Maß", (), 0)
        for row in range(rows)
        for column in range(columns)
    ]


@pytest.mark.parametrize("columns", [3, 200], ids=["few", "a crowd"])
def test_each_piece_of_a_column_has_the_next_below_it_however_many_columns_there_are(columns: int) -> None:
    pieces = table(rows=3, columns=columns)
    assert below(pieces, HEIGHT) == {upper: upper + columns for upper in range(2 * columns)}
