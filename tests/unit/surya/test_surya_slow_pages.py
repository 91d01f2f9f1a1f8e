"""Slow attempts are counted per page, for a limited number of pages."""

import pytest

from functions.runtime.errors import Unavailable
from functions.surya.slow_pages import PageTooSlow, SlowPageTracker


def fail_slowly(tracker: SlowPageTracker, page: str) -> type[Exception]:
    """Return the type of the error after one more attempt that is too slow."""
    with pytest.raises((PageTooSlow, Unavailable)) as raised, tracker.track(page.encode()):
        raise PageTooSlow("too slow")
    return raised.type


def test_third_slow_attempt_at_a_page_is_final() -> None:
    tracker = SlowPageTracker()
    assert [fail_slowly(tracker, page) for page in "ababa"] == [*[Unavailable] * 4, PageTooSlow]


@pytest.mark.parametrize(("others", "last_error"), [(999, PageTooSlow), (1000, Unavailable)])
def test_page_is_forgotten_after_a_thousand_other_slow_pages(others: int, last_error: type[Exception]) -> None:
    tracker = SlowPageTracker()
    attempts = ["a", "a", *map(str, range(others)), "a"]
    assert [fail_slowly(tracker, page) for page in attempts] == [*[Unavailable] * (len(attempts) - 1), last_error]


def test_slow_attempts_beside_another_page_do_not_count() -> None:
    tracker = SlowPageTracker()
    for _ in range(5):
        with tracker.track(b"other"):
            assert fail_slowly(tracker, "a") == Unavailable


def test_attempt_that_another_page_joins_does_not_count() -> None:
    tracker = SlowPageTracker()
    fail_slowly(tracker, "a")
    fail_slowly(tracker, "a")
    attempt, other = tracker.track(b"a"), tracker.track(b"other")
    attempt.__enter__()
    with other:
        pass
    with pytest.raises(Unavailable):
        attempt.__exit__(PageTooSlow, PageTooSlow("too slow"), None)
    assert fail_slowly(tracker, "a") == PageTooSlow
