"""Only what is contiguously done is committed."""

from collections.abc import Iterable
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from local.twin.sources.offsets import Offsets


def test_nothing_is_committed_before_anything_was_received() -> None:
    assert Offsets().to_commit() is None


def test_a_slow_record_holds_back_all_after_it() -> None:
    offsets = _received(range(5))
    for offset in (0, 1, 3, 4):
        offsets.done(offset)
    assert offsets.to_commit() == 2
    offsets.done(2)
    assert offsets.to_commit() == 5


def test_offsets_that_never_came_do_not_hold_anything_back() -> None:
    offsets = _received([3, 7])
    offsets.done(3)
    assert offsets.to_commit() == 7
    offsets.done(7)
    assert offsets.to_commit() == 8


def test_what_is_committed_already_is_not_committed_again() -> None:
    offsets = _received([0])
    offsets.done(0)
    offsets.committed(1)
    assert offsets.to_commit() is None


def test_what_waits_or_was_never_received_is_lag() -> None:
    offsets = _received([0, 1])
    offsets.done(0)
    assert offsets.behind(10) == 9


@given(st.sets(st.integers(0, 60)), st.randoms())
def test_no_record_that_is_not_done_is_ever_committed(received: set[int], random: Random) -> None:
    order = sorted(received)
    offsets = _received(order)
    open_ = set(order)
    random.shuffle(order)
    for offset in order:
        offsets.done(offset)
        open_.discard(offset)
        commit = offsets.to_commit()
        assert commit is not None
        assert all(left >= commit for left in open_)


def _received(order: Iterable[int]) -> Offsets:
    offsets = Offsets()
    for offset in order:
        offsets.received(offset)
    return offsets
