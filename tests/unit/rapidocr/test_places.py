"""How far words reach in their line, by the columns in which the recognition saw their characters."""

import pytest

from functions.rapidocr.places import words

LENGTH = 50


@pytest.mark.parametrize(
    ("text", "columns", "reaches"),
    [
        ("ab cd", [10, 15, 30, 35], [(5.5, 20.5), (25.5, 40.5)]),
        ("ab cd", [10, 15, 20, 30], [(5.5, 18), (18, 35.5)]),
        ("ab cd", [2, 10, 40, 48], [(0, 15.5), (35.5, LENGTH)]),
    ],
    ids=["half a usual character", "halfway where the next is closer", "no further than the line"],
)
def test_a_word_reaches_beyond_its_outer_characters(
    text: str, columns: list[int], reaches: list[tuple[float, float]]
) -> None:
    found = list(words(text, columns, LENGTH))

    assert [text[letters] for letters, _, _ in found] == text.split()
    assert [(begin * LENGTH, end * LENGTH) for _, begin, end in found] == [pytest.approx(one) for one in reaches]
