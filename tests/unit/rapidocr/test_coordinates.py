"""The extent of words in a line is computed from the columns of their characters."""

import pytest

from functions.rapidocr.coordinates import locate_words

LENGTH = 50


@pytest.mark.parametrize(
    ("text", "columns", "extents"),
    [
        ("ab cd", [10, 15, 30, 35], [(5.5, 20.5), (25.5, 40.5)]),
        ("ab cd", [10, 15, 20, 30], [(5.5, 18), (18, 35.5)]),
        ("ab cd", [2, 10, 40, 48], [(0, 15.5), (35.5, LENGTH)]),
    ],
    ids=["half a character", "halfway to a closer word", "at most to the end of the line"],
)
def test_word_extends_beyond_its_outer_characters(
    text: str, columns: list[int], extents: list[tuple[float, float]]
) -> None:
    words = list(locate_words(text, columns, LENGTH))

    assert [text[characters] for characters, _, _ in words] == text.split()
    assert [(begin * LENGTH, end * LENGTH) for _, begin, end in words] == [pytest.approx(extent) for extent in extents]
