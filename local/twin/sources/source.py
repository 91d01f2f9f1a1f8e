"""KafkaSources: they deliver records to a sink as HTTP requests, and commit the offsets of processed records."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import urlsplit

import structlog

from local.manifests.eventing import KafkaSource
from local.tasks import start_task
from local.telemetry.span import Emit
from local.twin.cluster_network import ClusterNetwork, resolve_url
from local.twin.sources.broker import Broker
from local.twin.sources.delivery import DeliveryFailure, build_dead_letter, build_policy, deliver
from local.twin.sources.dispatches import DEAD_LETTER_SINK, SUBSCRIBER, DispatchMetrics
from local.twin.sources.eventing_metrics import SourceMetrics
from local.twin.sources.offsets import PartitionOffsets
from local.twin.sources.poller import Poller
from local.twin.sources.polling import BATCH_SIZE, Partition, VirtualConsumer, create_consumer, get_partition
from local.twin.sources.records import DeliveryRequest, Record, SourceIdentity, build_request, find_lost_records
from local.twin.state import SourceState
from local.twin.tracing import RecordTrace

log = structlog.get_logger()

_COMMIT_SECONDS = 5.0


@dataclass(eq=False)
class PartitionDelivery:
    """The deliveries of one partition.

    `lost_offsets` are the offsets of received records that Knative would lose.
    """

    consumer: VirtualConsumer
    offsets: PartitionOffsets = field(default_factory=PartitionOffsets)
    delivering: set[asyncio.Task[None]] = field(default_factory=set)
    lost_offsets: set[int] = field(default_factory=set)
    is_paused: bool = False


class Source:
    """A KafkaSource that runs from `start` until `stop`."""

    def __init__(self, source: KafkaSource, broker: Broker, network: ClusterNetwork, emit: Emit) -> None:
        spec, metadata = source.spec, source.metadata
        self._source = source
        self._network = network
        self._emit = emit
        self._identity = SourceIdentity(
            metadata.name, metadata.namespace, source.key_type, spec.ce_overrides.extensions
        )
        self._url = resolve_url(spec.sink, metadata.namespace)
        dead_letters = spec.delivery.dead_letter_sink
        self._dead_letter_url = resolve_url(dead_letters, metadata.namespace) if dead_letters else None
        self._policy = build_policy(spec.delivery)
        self._consumers = [create_consumer(spec.ordering) for _ in range(spec.consumers)]
        self._partitions: dict[Partition, PartitionDelivery] = {}
        self._retries = self._dead_letters = self._lost = 0
        self._dispatches = DispatchMetrics()
        self._poller = Poller(source, broker, self)
        self._timer: asyncio.Task[None] | None = None

    def has_sink(self, host: str) -> bool:
        """Return whether the sink of this source is the Service with this host name."""
        return urlsplit(self._url).hostname == host

    def start(self) -> None:
        self._poller.start()
        self._timer = start_task(self._commit_regularly(), f"commits of {self._identity.name}")

    async def stop(self) -> None:
        if self._timer:
            self._timer.cancel()
        await self._poller.stop()

    def on_assigned(self, partitions: Sequence[Partition]) -> None:
        """Distribute the partitions over the virtual consumers. One Kafka client fetches the records of all of them."""
        for number, partition in enumerate(sorted(partitions)):
            self._partitions[partition] = PartitionDelivery(self._consumers[number % len(self._consumers)])

    def on_records(self, records: Sequence[Record]) -> None:
        consumers: dict[VirtualConsumer, None] = {}
        for record in records:
            if delivery := self._partitions.get(get_partition(record)):
                delivery.offsets.mark_received(record.offset)
                delivery.consumer.add_fetched(record)
                consumers[delivery.consumer] = None
        for consumer in consumers:
            self._poll_and_deliver(consumer)
        for partition in {get_partition(record) for record in records}:
            self._pause_if_full(partition)

    def on_records_lost(self, records: int) -> None:
        self._lost += records

    async def on_revoked(self, partitions: Sequence[Partition], max_wait: float) -> dict[Partition, int]:
        """Wait up to `max_wait` seconds for deliveries in flight. Return the offsets to commit by partition.

        The next owner of a partition delivers the records whose delivery has not started or takes longer.
        """
        released = {
            partition: delivery for partition in partitions if (delivery := self._partitions.pop(partition, None))
        }
        for consumer in self._consumers:
            consumer.revoke(released.keys())
        if delivering := [task for delivery in released.values() for task in delivery.delivering]:
            _, late = await asyncio.wait(delivering, timeout=max_wait)
            for task in late:
                task.cancel()
        offsets = {partition: delivery.offsets.get_uncommitted_offset() for partition, delivery in released.items()}
        return {partition: offset for partition, offset in offsets.items() if offset is not None}

    def get_state(self) -> SourceState:
        return replace(
            describe_idle_source(self._source),
            failure=self._poller.failure,
            is_assigned=self._poller.is_assigned,
            lag=sum(self._compute_lags().values()),
            retries=self._retries,
            dead_letters=self._dead_letters,
            lost=self._lost,
        )

    def get_metrics(self) -> SourceMetrics:
        return SourceMetrics(
            namespace=self._source.metadata.namespace,
            source=self._source.metadata.name,
            group=self._source.spec.consumer_group,
            lags=self._compute_lags(),
            in_flight=self._dispatches.in_flight,
            dispatches=self._dispatches.durations,
            retries=self._retries,
            dead_letters=self._dead_letters,
            lost=self._lost,
        )

    def _compute_lags(self) -> dict[Partition, int]:
        ends = self._poller.end_offsets
        return {
            partition: delivery.offsets.compute_lag(ends.get(partition, -1))
            for partition, delivery in self._partitions.items()
        }

    def _poll_and_deliver(self, consumer: VirtualConsumer) -> None:
        """Poll as far as the polling rule of the consumer allows, and start the deliveries that are due."""
        for batch in consumer.poll_batches():
            for record in find_lost_records(batch):
                self._partitions[get_partition(record)].lost_offsets.add(record.offset)
        for record in consumer.take_due_records():
            delivery = self._partitions[get_partition(record)]
            delivery.delivering.add(
                task := start_task(self._process_record(record, delivery), f"record of {self._identity.name}")
            )
            task.add_done_callback(delivery.delivering.discard)

    async def _process_record(self, record: Record, delivery: PartitionDelivery) -> None:
        # If this task raises an error or is cancelled, the record is never done. Then no later offset is committed, and
        # the next owner of the partition delivers the record again.
        try:
            if record.offset in delivery.lost_offsets:
                self._record_loss(record, "a raw record of the same poll has a header without a value")
            else:
                await self._deliver(record)
            delivery.offsets.mark_done(record.offset)
        finally:
            delivery.consumer.mark_done(record)
            self._poll_and_deliver(delivery.consumer)
        if (
            delivery.is_paused
            and delivery.offsets.open_count <= BATCH_SIZE
            and self._partitions.get(get_partition(record)) is delivery
        ):
            delivery.is_paused = False
            self._poller.resume(get_partition(record))

    def _pause_if_full(self, partition: Partition) -> None:
        delivery = self._partitions.get(partition)
        if delivery and not delivery.is_paused and delivery.offsets.open_count >= 2 * BATCH_SIZE:
            delivery.is_paused = True
            self._poller.pause(partition)

    async def _deliver(self, record: Record) -> None:
        request = build_request(record, self._identity)
        # The wait for the sink's route does not count as an attempt: on a cluster, a source starts only when this route
        # exists.
        await self._network.wait_until_reachable(self._url)
        trace = RecordTrace(record, self._source.spec.consumer_group, self._emit)
        send = self._dispatches.start_dispatch(trace.trace_sends(self._network.post), SUBSCRIBER)
        attempts, failure = await deliver(send, self._url, request, self._policy, asyncio.sleep)
        send.finish()
        self._retries += attempts - 1
        if failure:
            await self._send_dead_letter(record, request, failure, trace)

    async def _send_dead_letter(
        self, record: Record, request: DeliveryRequest, failure: DeliveryFailure, trace: RecordTrace
    ) -> None:
        log.warning(
            "source.not_delivered", **self._get_log_fields(record), status=failure.status, reason=failure.reason
        )
        if self._dead_letter_url is None:
            self._record_loss(record, "no dead-letter sink")
            return
        dead_letter = build_dead_letter(request, self._url, failure)
        send = self._dispatches.start_dispatch(trace.trace_sends(self._network.post), DEAD_LETTER_SINK)
        _, sink_failure = await deliver(send, self._dead_letter_url, dead_letter, self._policy, asyncio.sleep)
        if sink_failure:
            self._record_loss(record, "the dead-letter sink did not accept it")
        else:
            self._dead_letters += 1

    def _record_loss(self, record: Record, reason: str) -> None:
        """Count and log a lost event, whose offset is then committed. Knative also commits it, but logs nothing."""
        self._lost += 1
        log.error("source.event_lost", **self._get_log_fields(record), reason=reason)

    def _get_log_fields(self, record: Record) -> dict[str, str | int]:
        name = self._source.metadata.name
        return {"source": name, "topic": record.topic, "partition": record.partition, "offset": record.offset}

    async def _commit_regularly(self) -> None:
        while True:
            await asyncio.sleep(_COMMIT_SECONDS)
            for partition, delivery in self._partitions.items():
                if (offset := delivery.offsets.get_uncommitted_offset()) is not None:
                    self._poller.commit({partition: offset}, partial(delivery.offsets.mark_committed, offset))


def describe_idle_source(source: KafkaSource) -> SourceState:
    """Return the part of a source's state that its manifest determines.

    This is the complete state of a source that does not run, because Knative never makes it ready.
    """
    spec, metadata = source.spec, source.metadata
    return SourceState(
        name=metadata.name,
        topic=",".join(spec.topics),
        group=spec.consumer_group,
        sink=resolve_url(spec.sink, metadata.namespace),
        not_ready_reason=source.not_ready_reason,
    )
