"""The course of a trial: faults, events, and their final counts."""

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
from tests.trial.stream import stream_events
from tests.trial.tally import SentEvent, Tally, count_events
from tests.trial.twins import TrialTwin
from tests.workload import PARTITIONS

#: Seconds between two faults.
_PAUSE = (0.8, 2.5)
_FUNCTION_SHARE, _DEATH_SHARE = 0.5, 0.3
#: A partition of a killed twin waits for the session timeout, and an event of a killed function for its next retry.
_PATIENCE_S = 150.0
_REPORT_S = 60.0


@dataclass(frozen=True)
class Outcome:
    """The result of a trial.

    `uncommitted` is the number of done records that another start would deliver again. `statuses` are the exit statuses
    of all twins that were not killed.
    """

    tally: Tally
    faults: Counter[str]
    uncommitted: int
    statuses: tuple[int, ...]

    @property
    def is_good(self) -> bool:
        """Whether all events were done in order and committed, and every twin ended with status 0."""
        return not (self.tally.lost or self.tally.out_of_order or self.uncommitted or any(self.statuses))


def run_trial(folder: Path, kafka: str, seconds: float, seed: int, report: Callable[[str], None]) -> Outcome:
    """Inject faults for `seconds`, wait until all events are done or the patience is over, and stop both twins."""
    random = Random(seed)  # noqa: S311  # a repeatable trial needs a seed
    record = folder / "record.jsonl"
    record.touch()
    manifests.write_manifests(folder / "manifests", record)
    twins = [TrialTwin(folder / f"twin-{name}", folder / "manifests", kafka) for name in ("a", "b")]
    try:
        with stream_events(kafka, tuple(ORDERINGS), Random(seed)) as sent:  # noqa: S311  # as above
            faults = _inject_faults(twins, seconds, random, lambda: report(_describe_progress(record, sent)))
        _settle(twins, record, sent)
    finally:
        for twin in twins:
            twin.wait_until_ended()
    ordered = [topic for topic, ordering in ORDERINGS.items() if ordering == "ordered"]
    statuses = tuple(status for twin in twins for status in twin.statuses)
    return Outcome(count_events(sent, _load_done(record), ordered), faults, _count_uncommitted(kafka), statuses)


def _inject_faults(
    twins: Sequence[TrialTwin], seconds: float, random: Random, report: Callable[[], None]
) -> Counter[str]:
    """Inject faults into twins and functions, and return their counts."""
    faults: Counter[str] = Counter()
    for twin in twins:
        twin.start()
    now = time.monotonic()
    end, due = now + seconds, now + _REPORT_S
    while time.monotonic() < end:
        time.sleep(random.uniform(*_PAUSE))
        faults[_inject_fault(twins, random)] += 1
        if time.monotonic() > due:
            report()
            due += _REPORT_S
    return faults


def _inject_fault(twins: Sequence[TrialTwin], random: Random) -> str:
    replicas = [replica for twin in twins for replica in twin.list_replicas()]
    if replicas and random.random() < _FUNCTION_SHARE:
        with suppress(psutil.NoSuchProcess):
            random.choice(replicas).kill()
        return "functions killed"
    return _change_membership(random.choice(twins), random)


def _change_membership(twin: TrialTwin, random: Random) -> str:
    if twin.has_ended:
        twin.start()
        return "twins joined"
    if not twin.is_running:
        return "twins still ending"
    if random.random() < _DEATH_SHARE:
        twin.kill()
        return "twins killed"
    twin.leave()
    return "twins left"


def _settle(twins: Sequence[TrialTwin], record: Path, sent: Sequence[SentEvent]) -> None:
    """Start both twins and wait for the remaining events. Events that are not done then are lost."""
    for twin in twins:
        twin.wait_until_ended()
        twin.start()
    end = time.monotonic() + _PATIENCE_S
    while count_events(sent, _load_done(record), ()).lost and time.monotonic() < end:
        time.sleep(0.5)


def _load_done(record: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in record.read_text().splitlines()]


def _describe_progress(record: Path, sent: Sequence[SentEvent]) -> str:
    now = count_events(tuple(sent), _load_done(record), ())
    return f"{now.sent} events sent, {len(now.lost)} of them not done, {now.duplicates} duplicates"


def _count_uncommitted(kafka: str) -> int:
    """Return the number of records after the committed offsets of both groups."""
    return sum(_compute_lag(kafka, topic) for topic in ORDERINGS)


def _compute_lag(kafka: str, topic: str) -> int:
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": topic})
    try:
        partitions = consumer.committed([TopicPartition(topic, number) for number in range(PARTITIONS)], timeout=10)
        ends = [consumer.get_watermark_offsets(partition, timeout=10)[1] for partition in partitions]
        return sum(end - max(0, found.offset) for found, end in zip(partitions, ends, strict=True))
    finally:
        consumer.close()
