"""What became of every event: lost, done once, done again, done too early."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple


class Sent(NamedTuple):
    """An event: `n` counts from zero in its partition."""

    topic: str
    partition: int
    n: int


@dataclass(frozen=True)
class Tally:
    """`repeated` counts deliveries beyond the first of an event; `overtook` are those done before their turn."""

    sent: int
    lost: tuple[Sent, ...]
    repeated: Mapping[str, int]
    overtook: tuple[Sent, ...]

    @property
    def duplicates(self) -> int:
        return sum(self.repeated.values())


def tally(sent: Iterable[Sent], done: Iterable[Mapping[str, Any]], ordered: Iterable[str]) -> Tally:
    """`done` are the functions' lines in any order; topics in `ordered` keep the order of each partition.

    Order is that of first deliveries: what comes again was in its turn when it came first.
    """
    first: dict[Sent, float] = {}
    times: Counter[Sent] = Counter()
    for line in done:
        event = Sent(line["topic"], line["partition"], line["n"])
        times[event] += 1
        first[event] = min(first.get(event, line["done"]), line["done"])
    expected = set(sent)
    repeated = Counter(dict.fromkeys(sorted({event.topic for event in expected}), 0))
    for event, count in times.items():
        repeated[event.topic] += count - 1
    kept = {event: at for event, at in first.items() if event.topic in set(ordered)}
    return Tally(len(expected), tuple(sorted(expected - times.keys())), dict(repeated), _overtook(kept))


def _overtook(first: Mapping[Sent, float]) -> tuple[Sent, ...]:
    """Events that were done before one that stands before them in their partition."""
    found = []
    for before, event in pairwise(sorted(first)):
        if before[:2] == event[:2] and first[event] < first[before]:
            found.append(event)
    return tuple(found)
