"""A KafkaSource: records become requests to its sink, in order where asked, and offsets follow what is done."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

import structlog

from local.manifests.eventing import KafkaSource
from local.tasks import beside
from local.telemetry.span import Emit
from local.twin.mesh import Mesh, url_of
from local.twin.sources.broker import Broker
from local.twin.sources.consumer import Poller
from local.twin.sources.delivery import Failure, dead_letter, deliver, policy
from local.twin.sources.dispatches import DEAD_LETTER_SINK, SUBSCRIBER, Dispatches
from local.twin.sources.eventing_metrics import Dispatcher
from local.twin.sources.offsets import Offsets
from local.twin.sources.polling import BATCH, Consumer, Partition, consumer, partition_of
from local.twin.sources.records import Origin, Record, Request, lost, request
from local.twin.tracing import Trail

log = structlog.get_logger()

_COMMIT_SECONDS = 5.0


@dataclass(eq=False)
class Lane:
    """One partition: whose it is, what was received of it, and what of that is being delivered or will never be."""

    consumer: Consumer
    offsets: Offsets = field(default_factory=Offsets)
    delivering: set[asyncio.Task[None]] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)
    paused: bool = False


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
        self._consumers = [consumer(spec.ordering) for _ in range(spec.consumers)]
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

    def assigned(self, partitions: Sequence[Partition]) -> None:
        """Spread them over the consumers that a cluster would have, although one connection fetches for all."""
        for number, partition in enumerate(sorted(partitions)):
            self._lanes[partition] = Lane(self._consumers[number % len(self._consumers)])

    def received(self, records: Sequence[Record]) -> None:
        touched: dict[Consumer, None] = {}
        for record in records:
            if lane := self._lanes.get(partition_of(record)):
                lane.offsets.received(record.offset)
                lane.consumer.fetched(record)
                touched[lane.consumer] = None
        for one in touched:
            self._go_on(one)
        for partition in {partition_of(record) for record in records}:
            self._hold_back(partition)

    def never_to_come(self, records: int) -> None:
        self._lost += records

    async def revoked(self, partitions: Sequence[Partition], patience: float) -> dict[Partition, int]:
        """Let what is in flight finish for a while; what waits or takes longer is delivered again elsewhere."""
        lanes = {partition: lane for partition in partitions if (lane := self._lanes.pop(partition, None))}
        for one in self._consumers:
            one.revoked(lanes.keys())
        if delivering := [task for lane in lanes.values() for task in lane.delivering]:
            _, late = await asyncio.wait(delivering, timeout=patience)
            for task in late:
                task.cancel()
        found = {partition: lane.offsets.to_commit() for partition, lane in lanes.items()}
        return {partition: offset for partition, offset in found.items() if offset is not None}

    def state(self) -> dict[str, str | int | bool | None]:
        return {
            **_named(self._source),
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

    def _go_on(self, one: Consumer) -> None:
        """Poll where its rule allows it, and deliver what is due."""
        for batch in one.polls():
            for record in lost(batch):
                self._lanes[partition_of(record)].lost.add(record.offset)
        for record in one.due():
            lane = self._lanes[partition_of(record)]
            lane.delivering.add(task := beside(self._process(record, lane), f"record of {self._origin.name}"))
            task.add_done_callback(lane.delivering.discard)

    async def _process(self, record: Record, lane: Lane) -> None:
        # Should this fail, the offset stays open: nothing after it is committed, and the next twin delivers it again.
        try:
            if record.offset in lane.lost:
                self._drop(record, "a raw record of the same poll has a header without value")
            else:
                await self._deliver(record)
            lane.offsets.done(record.offset)
        finally:
            lane.consumer.done(record)
            self._go_on(lane.consumer)
        if lane.paused and lane.offsets.open <= BATCH and self._lanes.get(partition_of(record)) is lane:
            lane.paused = False
            self._poller.resume(partition_of(record))

    def _hold_back(self, partition: Partition) -> None:
        lane = self._lanes.get(partition)
        if lane and not lane.paused and lane.offsets.open >= 2 * BATCH:
            lane.paused = True
            self._poller.pause(partition)

    async def _deliver(self, record: Record) -> None:
        sent = request(record, self._origin)
        # Waiting for the first route is no attempt: nothing is given up that a cluster would not have tried.
        await self._mesh.there(self._url)
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


def idle(source: KafkaSource) -> dict[str, str | int | bool | None]:
    """The state of a source that Knative never runs, and so nobody does."""
    return {
        **_named(source),
        "sink": url_of(source.spec.sink, source.metadata.namespace),
        "assigned": False,
        "lag": 0,
        "retries": 0,
        "dead_letters": 0,
        "lost": 0,
    }


def _named(source: KafkaSource) -> dict[str, str | int | bool | None]:
    spec = source.spec
    told = {"name": source.metadata.name, "topic": ",".join(spec.topics), "group": spec.consumer_group}
    return {**told, "never_ready": source.never_ready}
