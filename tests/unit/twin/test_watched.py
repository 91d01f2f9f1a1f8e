"""Replicas that are held to their limits without control groups."""

from local.twin.limits import Limits
from local.twin.watched import Watching


def test_cores_are_dealt_out_in_turn() -> None:
    watching = Watching(cores=range(4))
    dealt = [sorted(watching.bind("echo-1", Limits(cpu=cpu)).cores) for cpu in (0.5, 1.5, 2, 1)]
    assert dealt == [[0], [1, 2], [0, 3], [1]]


def test_who_may_use_all_cores_is_bound_to_none() -> None:
    watching = Watching(cores=range(2))
    assert [watching.bind("echo-1", Limits(cpu=cpu)).cores for cpu in (None, 2, 16)] == [frozenset()] * 3
