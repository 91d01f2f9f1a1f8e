"""Counts of events: lost, duplicate, and out of order."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple


class SentEvent(NamedTuple):
    """An event; `n` counts from zero in its partition."""

    topic: str
    partition: int
    n: int


@dataclass(frozen=True)
class Tally:
    """The counts of a trial.

    `duplicates_by_topic` counts deliveries after the first of an event. `out_of_order` are events that were done early.
    """

    sent: int
    lost: tuple[SentEvent, ...]
    duplicates_by_topic: Mapping[str, int]
    out_of_order: tuple[SentEvent, ...]

    @property
    def duplicates(self) -> int:
        return sum(self.duplicates_by_topic.values())


def count_events(sent: Iterable[SentEvent], done: Iterable[Mapping[str, Any]], ordered: Iterable[str]) -> Tally:
    """Return the counts for sent events and the lines of functions in any order.

    `ordered` are the topics that keep the order of each partition. Only first deliveries count for the order.
    """
    first: dict[SentEvent, float] = {}
    times: Counter[SentEvent] = Counter()
    for line in done:
        event = SentEvent(line["topic"], line["partition"], line["n"])
        times[event] += 1
        first[event] = min(first.get(event, line["done"]), line["done"])
    expected = set(sent)
    repeated = Counter(dict.fromkeys(sorted({event.topic for event in expected}), 0))
    for event, count in times.items():
        repeated[event.topic] += count - 1
    kept = {event: at for event, at in first.items() if event.topic in set(ordered)}
    return Tally(len(expected), tuple(sorted(expected - times.keys())), dict(repeated), _find_out_of_order(kept))


def _find_out_of_order(first: Mapping[SentEvent, float]) -> tuple[SentEvent, ...]:
    """Return events that were done before an earlier event of their partition."""
    found = []
    for before, event in pairwise(sorted(first)):
        if before[:2] == event[:2] and first[event] < first[before]:
            found.append(event)
    return tuple(found)
