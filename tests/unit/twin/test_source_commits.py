"""Deliveries, commits and dead letters of a source."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from local.manifests.eventing import KafkaSource
from local.twin.cluster_network import SINK_INGRESS, ClusterNetwork, WaitUntilReachable
from local.twin.http_client import HttpResponse
from local.twin.sources import source as module
from local.twin.sources.broker import Broker
from local.twin.sources.records import DeliveryRequest, Record
from local.twin.sources.source import Source

FUNCTION = "function.default.svc.cluster.local"
PARTITION = ("pages", 0)
PATIENCE_S = 0.05


class FakePoller:
    """A fake poller: the test passes the records."""

    end_offsets: Mapping[tuple[str, int], int] = {}
    is_assigned = True
    failure = None

    def __init__(self, *_: object) -> None:
        """Ignore the settings, because there is no broker."""

    def pause(self, _partition: tuple[str, int]) -> None: ...

    def resume(self, _partition: tuple[str, int]) -> None: ...


def build_resource(ordering: str, timeout: str) -> KafkaSource:
    sink = {"ref": {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "name": "function"}}
    dead = {"ref": {"apiVersion": "eventing.knative.dev/v1alpha1", "kind": "KafkaSink", "name": "dead"}}
    spec = {
        "topics": ["pages"],
        "bootstrapServers": ["replaced:9092"],
        "consumerGroup": "group",
        "ordering": ordering,
        "delivery": {"timeout": timeout, "retry": 0, "deadLetterSink": dead},
        "sink": sink,
    }
    found = {"apiVersion": "sources.knative.dev/v1", "kind": "KafkaSource", "metadata": {"name": "s"}, "spec": spec}
    return KafkaSource.model_validate(found)


def record(offset: int) -> Record:
    headers = (("ce_specversion", b"1.0"), ("ce_id", b"1"), ("ce_type", b"t"), ("ce_source", b"/s"))
    return Record("pages", 0, offset, 0, None, b"{}", headers)


Handler = Callable[[str, DeliveryRequest], Any]


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Source]:
    monkeypatch.setattr(module, "Poller", FakePoller)

    def build(
        function: Handler,
        sink: Handler,
        ordering: str = "unordered",
        wait_until_reachable: WaitUntilReachable | None = None,
        timeout: str = "PT10S",
    ) -> Source:
        mesh = ClusterNetwork()
        mesh.add_host(FUNCTION, function, wait_until_reachable)
        mesh.add_host(SINK_INGRESS, sink)
        found = Source(
            build_resource(ordering, timeout), Broker("nowhere:9092", is_embedded=False), mesh, lambda _: None
        )
        found.on_assigned([PARTITION])
        return found

    return build


async def refuse(_target: str, _request: DeliveryRequest) -> HttpResponse:
    return HttpResponse(422, b"unusable")


def test_open_record_blocks_the_commit_of_later_ones(
    source: Callable[..., Source],
) -> None:
    async def scene() -> dict[tuple[str, int], int]:
        working = asyncio.Event()

        async def work(_target: str, request: DeliveryRequest) -> HttpResponse:
            if dict(request.headers)["ce-knativekafkaoffset"] == "1":
                working.set()
                await asyncio.Event().wait()
            return HttpResponse(204)

        found = source(work, refuse)
        found.on_records([record(0), record(1), record(2)])
        await asyncio.wait_for(working.wait(), 5)
        return await found.on_revoked([PARTITION], PATIENCE_S)

    assert asyncio.run(scene()) == {PARTITION: 1}


@pytest.mark.parametrize(("ordering", "most"), [("ordered", 1), ("unordered", 3)])
def test_only_unordered_partition_has_parallel_deliveries(
    source: Callable[..., Source], ordering: str, most: int
) -> None:
    working: list[int] = []
    done = asyncio.Event()

    async def work(_target: str, request: DeliveryRequest) -> HttpResponse:
        working.append(1 + (working[-1] if working else 0))
        await asyncio.sleep(0.01)
        working.append(working[-1] - 1)
        if dict(request.headers)["ce-knativekafkaoffset"] == "2":
            done.set()
        return HttpResponse(204)

    async def scene() -> None:
        found = source(work, refuse, ordering)
        found.on_records([record(0), record(1)])
        found.on_records([record(2)])
        await asyncio.wait_for(done.wait(), 5)

    asyncio.run(scene())
    assert max(working) == most


def test_refused_event_goes_to_the_dead_letter_sink(
    source: Callable[..., Source],
) -> None:
    dead_letters: list[tuple[str, dict[str, str]]] = []

    async def store(target: str, request: DeliveryRequest) -> HttpResponse:
        dead_letters.append((target, dict(request.headers)))
        return HttpResponse(202)

    async def scene() -> dict[tuple[str, int], int]:
        found = source(refuse, store)
        found.on_records([record(0)])
        return await found.on_revoked([PARTITION], 5)

    assert asyncio.run(scene()) == {PARTITION: 1}
    ((target, headers),) = dead_letters
    assert (target, headers["ce-id"], headers["ce-knativeerrorcode"]) == ("/default/dead", "1", "422")


def test_missing_route_uses_no_retries(source: Callable[..., Source]) -> None:
    async def scene() -> dict[tuple[str, int], int]:
        opened = asyncio.Event()

        async def wait_until_reachable() -> None:
            await opened.wait()

        async def work(_target: str, _request: DeliveryRequest) -> HttpResponse:
            await wait_until_reachable()
            return HttpResponse(204)

        found = source(work, refuse, wait_until_reachable=wait_until_reachable, timeout="PT0.05S")
        found.on_records([record(0)])
        await asyncio.sleep(0.2)
        assert found.get_state().retries == found.get_state().lost == 0
        opened.set()
        offsets = await found.on_revoked([PARTITION], 5)
        assert found.get_state().lost == 0
        return offsets

    assert asyncio.run(scene()) == {PARTITION: 1}
