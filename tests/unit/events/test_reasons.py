"""Why a page was read as it was: reasons that add up on its way."""

from itertools import repeat

import pytest

from events.page import because


@pytest.mark.parametrize(
    ("reasons", "told"), [((), ""), (("a scan",), "a scan"), (("a scan", "", "first"), "a scan; first")]
)
def test_reasons_stand_in_their_order_and_what_is_none_is_left_out(reasons: tuple[str, ...], told: str) -> None:
    assert because(*reasons) == told


def test_of_very_many_reasons_the_first_and_the_last_are_kept_however_often_more_come() -> None:
    told = "a scan"
    for reason in repeat("tesseract expects 71% to be right", 200):
        told = because(told, reason)
    told = because(told, "rapidocr is surer")

    assert len(told) < 1100
    assert told.startswith("a scan; tesseract expects")
    assert told.endswith("rapidocr is surer")
    assert told.count(" … ") == 1
