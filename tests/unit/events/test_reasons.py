"""Joining of reasons."""

from itertools import repeat

import pytest

from events.page import join_reasons


@pytest.mark.parametrize(
    ("reasons", "expected"), [((), ""), (("a scan",), "a scan"), (("a scan", "", "first"), "a scan; first")]
)
def test_reasons_are_joined_in_order_without_empty_ones(reasons: tuple[str, ...], expected: str) -> None:
    assert join_reasons(*reasons) == expected


def test_long_text_of_reasons_loses_its_middle() -> None:
    text = "a scan"
    for reason in repeat("tesseract expects 71% to be right", 200):
        text = join_reasons(text, reason)
    text = join_reasons(text, "rapidocr is surer")

    assert len(text) < 1100
    assert text.startswith("a scan; tesseract expects")
    assert text.endswith("rapidocr is surer")
    assert text.count(" … ") == 1
