"""Offsets to commit: all records below them are done."""

from collections.abc import Iterable
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from local.twin.sources.offsets import PartitionOffsets


def test_no_commit_before_the_first_record() -> None:
    assert PartitionOffsets().get_uncommitted_offset() is None


def test_slow_record_blocks_later_commits() -> None:
    offsets = _receive(range(5))
    for offset in (0, 1, 3, 4):
        offsets.mark_done(offset)
    assert offsets.get_uncommitted_offset() == 2
    offsets.mark_done(2)
    assert offsets.get_uncommitted_offset() == 5


def test_missing_offsets_do_not_block_commits() -> None:
    offsets = _receive([3, 7])
    offsets.mark_done(3)
    assert offsets.get_uncommitted_offset() == 7
    offsets.mark_done(7)
    assert offsets.get_uncommitted_offset() == 8


def test_committed_offset_is_not_committed_again() -> None:
    offsets = _receive([0])
    offsets.mark_done(0)
    offsets.mark_committed(1)
    assert offsets.get_uncommitted_offset() is None


def test_lag_includes_open_and_unreceived_records() -> None:
    offsets = _receive([0, 1])
    offsets.mark_done(0)
    assert offsets.compute_lag(10) == 9


@given(st.sets(st.integers(0, 60)), st.randoms())
def test_open_record_is_never_committed(received: set[int], random: Random) -> None:
    order = sorted(received)
    offsets = _receive(order)
    open_ = set(order)
    random.shuffle(order)
    for offset in order:
        offsets.mark_done(offset)
        open_.discard(offset)
        commit = offsets.get_uncommitted_offset()
        assert commit is not None
        assert all(left >= commit for left in open_)


def _receive(order: Iterable[int]) -> PartitionOffsets:
    offsets = PartitionOffsets()
    for offset in order:
        offsets.mark_received(offset)
    return offsets
