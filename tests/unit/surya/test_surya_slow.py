"""How often a page was too slow is counted page by page, and not for ever."""

import pytest

from functions.runtime.errors import Unavailable
from functions.surya.slow import SlowPages, TooSlow


def tried(pages: SlowPages, page: str) -> type[Exception]:
    """What comes of one more try that is too slow."""
    with pytest.raises((TooSlow, Unavailable)) as raised, pages.counted(page.encode()):
        raise TooSlow("too slow")
    return raised.type


def test_a_page_is_for_others_at_its_third_try_whatever_was_tried_in_between() -> None:
    pages = SlowPages()
    assert [tried(pages, page) for page in "ababa"] == [*[Unavailable] * 4, TooSlow]


@pytest.mark.parametrize(("others", "then"), [(999, TooSlow), (1000, Unavailable)])
def test_a_page_is_forgotten_when_a_thousand_others_were_too_slow(others: int, then: type[Exception]) -> None:
    pages = SlowPages()
    tries = ["a", "a", *map(str, range(others)), "a"]
    assert [tried(pages, page) for page in tries] == [*[Unavailable] * (len(tries) - 1), then]


def test_pages_that_are_late_in_company_are_tried_again_however_often() -> None:
    pages = SlowPages()
    for _ in range(5):
        with pages.counted(b"company"):
            assert tried(pages, "a") == Unavailable


def test_who_began_alone_and_got_company_was_not_alone() -> None:
    pages = SlowPages()
    tried(pages, "a")
    tried(pages, "a")
    mine, company = pages.counted(b"a"), pages.counted(b"company")
    mine.__enter__()
    with company:
        pass
    with pytest.raises(Unavailable):
        mine.__exit__(TooSlow, TooSlow("too slow"), None)
    assert tried(pages, "a") == TooSlow
