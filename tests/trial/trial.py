"""A trial from its first event to what became of each."""

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import psutil
from confluent_kafka import Consumer, TopicPartition

from tests.trial import manifests
from tests.trial.manifests import ORDERINGS
from tests.trial.stream import flowing
from tests.trial.tally import Sent, Tally, tally
from tests.trial.twins import Twin
from tests.workload import PARTITIONS

#: Seconds between two faults: somebody joins, leaves or dies every few seconds.
_PAUSE = (0.8, 2.5)
_FUNCTION_SHARE, _DEATH_SHARE = 0.5, 0.3
#: After its twin was killed a partition waits for the group to notice, and a killed function for its next retry.
_PATIENCE_S = 150.0
_LOOK_S = 60.0


@dataclass(frozen=True)
class Outcome:
    """`uncommitted` are done records that another start would deliver again; `statuses` those of all ends but kills."""

    tally: Tally
    faults: Counter[str]
    uncommitted: int
    statuses: tuple[int, ...]

    @property
    def is_good(self) -> bool:
        """Whether all was done, in order, committed, and every twin left as it should."""
        return not (self.tally.lost or self.tally.overtook or self.uncommitted or any(self.statuses))


def tried(folder: Path, kafka: str, seconds: float, seed: int, say: Callable[[str], None]) -> Outcome:
    """So many seconds of faults, then peace until all is done or patience is over, then two orderly ends."""
    random = Random(seed)  # noqa: S311  # a trial that can be repeated, no secret
    record = folder / "record.jsonl"
    record.touch()
    manifests.write(folder / "manifests", record)
    twins = [Twin(folder / f"twin-{name}", folder / "manifests", kafka) for name in ("a", "b")]
    try:
        with flowing(kafka, tuple(ORDERINGS), Random(seed)) as sent:  # noqa: S311  # as above
            faults = _disturbed(twins, seconds, random, lambda: say(_told(record, sent)))
        _settled(twins, record, sent)
    finally:
        for twin in twins:
            twin.ended()
    ordered = [topic for topic, ordering in ORDERINGS.items() if ordering == "ordered"]
    statuses = tuple(status for twin in twins for status in twin.statuses)
    return Outcome(tally(sent, _done(record), ordered), faults, _uncommitted(kafka), statuses)


def _disturbed(twins: Sequence[Twin], seconds: float, random: Random, look: Callable[[], None]) -> Counter[str]:
    """What was done to twins and functions, and how often."""
    faults: Counter[str] = Counter()
    for twin in twins:
        twin.join()
    now = time.monotonic()
    end, due = now + seconds, now + _LOOK_S
    while time.monotonic() < end:
        time.sleep(random.uniform(*_PAUSE))
        faults[_fault(twins, random)] += 1
        if time.monotonic() > due:
            look()
            due += _LOOK_S
    return faults


def _fault(twins: Sequence[Twin], random: Random) -> str:
    replicas = [replica for twin in twins for replica in twin.replicas()]
    if replicas and random.random() < _FUNCTION_SHARE:
        with suppress(psutil.NoSuchProcess):
            random.choice(replicas).kill()
        return "functions killed"
    return _moved(random.choice(twins), random)


def _moved(twin: Twin, random: Random) -> str:
    if twin.is_out:
        twin.join()
        return "twins joined"
    if not twin.is_in:
        return "twins left on their way"
    if random.random() < _DEATH_SHARE:
        twin.die()
        return "twins killed"
    twin.leave()
    return "twins left"


def _settled(twins: Sequence[Twin], record: Path, sent: Sequence[Sent]) -> None:
    """Both twins there, and time for what is still to be done; what is not done then is lost."""
    for twin in twins:
        twin.ended()
        twin.join()
    end = time.monotonic() + _PATIENCE_S
    while tally(sent, _done(record), ()).lost and time.monotonic() < end:
        time.sleep(0.5)


def _done(record: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in record.read_text().splitlines()]


def _told(record: Path, sent: Sequence[Sent]) -> str:
    now = tally(tuple(sent), _done(record), ())
    return f"{now.sent} events sent, {len(now.lost)} of them not done yet, {now.duplicates} duplicates"


def _uncommitted(kafka: str) -> int:
    """Records behind the committed offsets of both groups."""
    return sum(_behind(kafka, topic) for topic in ORDERINGS)


def _behind(kafka: str, topic: str) -> int:
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": topic})
    try:
        partitions = consumer.committed([TopicPartition(topic, number) for number in range(PARTITIONS)], timeout=10)
        ends = [consumer.get_watermark_offsets(partition, timeout=10)[1] for partition in partitions]
        return sum(end - max(0, found.offset) for found, end in zip(partitions, ends, strict=True))
    finally:
        consumer.close()
