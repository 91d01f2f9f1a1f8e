"""A KafkaSource: records become requests to its sink, in order where asked, and offsets follow what is done."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

import structlog

from local.tasks import beside
from local.telemetry.span import Emit
from local.twin.consumer import Broker, Partition, Poller
from local.twin.delivery import Failure, dead_letter, deliver, policy
from local.twin.dispatches import DEAD_LETTER_SINK, SUBSCRIBER, Dispatches
from local.twin.eventing import KafkaSource
from local.twin.eventing_metrics import Dispatcher
from local.twin.mesh import Mesh, url_of
from local.twin.offsets import Offsets
from local.twin.records import Origin, PoisonedRecordError, Record, Request, request
from local.twin.tracing import Trail

log = structlog.get_logger()

_COMMIT_SECONDS = 5.0
# The dispatcher's max.poll.records: how many records of a partition are taken, and in flight when unordered.
_BATCH = 50
_FINISH_SECONDS = 10.0


@dataclass(eq=False)
class Lane:
    """One partition: what was received of it, and who may deliver now."""

    turns: asyncio.Semaphore
    offsets: Offsets = field(default_factory=Offsets)
    waiting: set[asyncio.Task[None]] = field(default_factory=set)
    delivering: set[asyncio.Task[None]] = field(default_factory=set)
    paused: bool = False

    def ended(self, task: asyncio.Task[None]) -> None:
        self.waiting.discard(task)
        self.delivering.discard(task)


class Source:
    """Runs one KafkaSource from `start` until `stop`."""

    def __init__(self, source: KafkaSource, broker: Broker, mesh: Mesh, emit: Emit) -> None:
        spec, metadata = source.spec, source.metadata
        self._source = source
        self._mesh = mesh
        self._emit = emit
        self._origin = Origin(metadata.name, metadata.namespace, source.key_type, spec.ce_overrides.extensions)
        self._url = url_of(spec.sink, metadata.namespace)
        dead_letters = spec.delivery.dead_letter_sink
        self._dead_letter_url = url_of(dead_letters, metadata.namespace) if dead_letters else None
        self._policy = policy(spec.delivery)
        self._lanes: dict[Partition, Lane] = {}
        self._retries = self._dead_letters = self._lost = 0
        self._dispatches = Dispatches()
        self._poller = Poller(source, broker, self)
        self._timer: asyncio.Task[None] | None = None

    def feeds(self, host: str) -> bool:
        """Whether its sink is the Service of this host name."""
        return urlsplit(self._url).hostname == host

    def start(self) -> None:
        self._poller.start()
        self._timer = beside(self._commit_regularly(), f"commits of {self._origin.name}")

    async def stop(self) -> None:
        if self._timer:
            self._timer.cancel()
        await self._poller.stop()

    def received(self, record: Record) -> None:
        partition = (record.topic, record.partition)
        lane = self._lanes.setdefault(partition, Lane(asyncio.Semaphore(self._width)))
        lane.offsets.received(record.offset)
        lane.waiting.add(task := beside(self._process(record, partition, lane), f"record of {self._origin.name}"))
        task.add_done_callback(lane.ended)
        if not lane.paused and lane.offsets.open >= 2 * _BATCH:
            lane.paused = True
            self._poller.pause(partition)

    def never_to_come(self, records: int) -> None:
        self._lost += records

    async def revoked(self, partitions: Sequence[Partition]) -> dict[Partition, int]:
        """Let what is in flight finish for a while; what waits or takes longer is delivered again elsewhere."""
        lanes = {partition: lane for partition in partitions if (lane := self._lanes.pop(partition, None))}
        for lane in lanes.values():
            _cancel(lane.waiting - lane.delivering)
        if delivering := [task for lane in lanes.values() for task in lane.delivering]:
            _, late = await asyncio.wait(delivering, timeout=_FINISH_SECONDS)
            _cancel(late)
        found = {partition: lane.offsets.to_commit() for partition, lane in lanes.items()}
        return {partition: offset for partition, offset in found.items() if offset is not None}

    def state(self) -> dict[str, str | int | bool]:
        return {
            "name": self._source.metadata.name,
            "topic": ",".join(self._source.spec.topics),
            "group": self._source.spec.consumer_group,
            "sink": self._url,
            "assigned": self._poller.assigned,
            "lag": sum(self._lags().values()),
            "retries": self._retries,
            "dead_letters": self._dead_letters,
            "lost": self._lost,
        }

    def measured(self) -> Dispatcher:
        return Dispatcher(
            namespace=self._source.metadata.namespace,
            source=self._source.metadata.name,
            group=self._source.spec.consumer_group,
            lags=self._lags(),
            in_flight=self._dispatches.in_flight,
            dispatches=self._dispatches.took,
            retries=self._retries,
            dead_letters=self._dead_letters,
            lost=self._lost,
        )

    def _lags(self) -> dict[Partition, int]:
        ends = self._poller.ends
        return {partition: lane.offsets.behind(ends.get(partition, -1)) for partition, lane in self._lanes.items()}

    @property
    def _width(self) -> int:
        return 1 if self._source.spec.ordering == "ordered" else _BATCH

    async def _process(self, record: Record, partition: Partition, lane: Lane) -> None:
        # Should this fail, the offset stays open: nothing after it is committed, and the next twin delivers it again.
        async with lane.turns:
            if task := asyncio.current_task():
                lane.delivering.add(task)
            await self._deliver(record)
        lane.offsets.done(record.offset)
        if lane.paused and lane.offsets.open <= _BATCH and self._lanes.get(partition) is lane:
            lane.paused = False
            self._poller.resume(partition)

    async def _deliver(self, record: Record) -> None:
        try:
            sent = request(record, self._origin)
        except PoisonedRecordError:
            self._drop(record, "a header without value; Knative drops all raw records of the same poll")
            return
        trail = Trail(record, self._source.spec.consumer_group, self._emit)
        send = self._dispatches.counting(trail.following(self._mesh.post), SUBSCRIBER)
        attempts, failure = await deliver(send, self._url, sent, self._policy, asyncio.sleep)
        send.over()
        self._retries += attempts - 1
        if failure:
            await self._dead_letter(record, sent, failure, trail)

    async def _dead_letter(self, record: Record, sent: Request, failure: Failure, trail: Trail) -> None:
        log.warning("source.not_delivered", **self._where(record), status=failure.status, reason=failure.reason)
        if self._dead_letter_url is None:
            self._drop(record, "no dead-letter sink")
            return
        letter = dead_letter(sent, self._url, failure)
        send = self._dispatches.counting(trail.following(self._mesh.post), DEAD_LETTER_SINK)
        _, failure_too = await deliver(send, self._dead_letter_url, letter, self._policy, asyncio.sleep)
        if failure_too:
            self._drop(record, "the dead-letter sink did not take it")
        else:
            self._dead_letters += 1

    def _drop(self, record: Record, why: str) -> None:
        """Knative commits past it, so the twin does; it only says so."""
        self._lost += 1
        log.error("source.event_lost", **self._where(record), why=why)

    def _where(self, record: Record) -> dict[str, str | int]:
        name = self._source.metadata.name
        return {"source": name, "topic": record.topic, "partition": record.partition, "offset": record.offset}

    async def _commit_regularly(self) -> None:
        while True:
            await asyncio.sleep(_COMMIT_SECONDS)
            for partition, lane in self._lanes.items():
                if (offset := lane.offsets.to_commit()) is not None:
                    self._poller.commit({partition: offset}, partial(lane.offsets.committed, offset))


def _cancel(tasks: set[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
