"""What a source delivers at a time and commits meanwhile, and where it sends what a function will not take."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from local.manifests.eventing import KafkaSource
from local.twin.http import Answer
from local.twin.mesh import SINK_INGRESS, Mesh, There
from local.twin.sources import source as module
from local.twin.sources.broker import Broker
from local.twin.sources.records import Record, Request
from local.twin.sources.source import Source

FUNCTION = "function.default.svc.cluster.local"
PARTITION = ("pages", 0)
HANDED_OVER_S = 0.05


class Polled:
    """In the place of Kafka: records are handed over by the test."""

    ends: Mapping[tuple[str, int], int] = {}
    assigned = True

    def __init__(self, *_: object) -> None:
        """Nothing to connect."""

    def pause(self, _partition: tuple[str, int]) -> None: ...

    def resume(self, _partition: tuple[str, int]) -> None: ...


def resource(ordering: str, timeout: str) -> KafkaSource:
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


Handler = Callable[[str, Request], Any]


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Source]:
    monkeypatch.setattr(module, "Poller", Polled)

    def made(
        function: Handler,
        sink: Handler,
        ordering: str = "unordered",
        there: There | None = None,
        timeout: str = "PT10S",
    ) -> Source:
        mesh = Mesh()
        mesh.add(FUNCTION, function, there)
        mesh.add(SINK_INGRESS, sink)
        found = Source(resource(ordering, timeout), Broker("nowhere:9092", embedded=False), mesh, lambda _: None)
        found.assigned([PARTITION])
        return found

    return made


async def refuses(_target: str, _request: Request) -> Answer:
    return Answer(422, b"unusable")


def test_nothing_is_committed_past_a_record_before_its_function_has_answered(
    source: Callable[..., Source],
) -> None:
    async def scene() -> dict[tuple[str, int], int]:
        working = asyncio.Event()

        async def works(_target: str, request: Request) -> Answer:
            if dict(request.headers)["ce-knativekafkaoffset"] == "1":
                working.set()
                await asyncio.Event().wait()
            return Answer(204)

        found = source(works, refuses)
        found.received([record(0), record(1), record(2)])
        await asyncio.wait_for(working.wait(), 5)
        return await found.revoked([PARTITION], HANDED_OVER_S)

    assert asyncio.run(scene()) == {PARTITION: 1}


@pytest.mark.parametrize(("ordering", "most"), [("ordered", 1), ("unordered", 3)])
def test_only_where_order_does_not_matter_a_partition_has_several_deliveries_at_a_time(
    source: Callable[..., Source], ordering: str, most: int
) -> None:
    working: list[int] = []
    done = asyncio.Event()

    async def works(_target: str, request: Request) -> Answer:
        working.append(1 + (working[-1] if working else 0))
        await asyncio.sleep(0.01)
        working.append(working[-1] - 1)
        if dict(request.headers)["ce-knativekafkaoffset"] == "2":
            done.set()
        return Answer(204)

    async def scene() -> None:
        found = source(works, refuses, ordering)
        found.received([record(0), record(1)])
        found.received([record(2)])
        await asyncio.wait_for(done.wait(), 5)

    asyncio.run(scene())
    assert max(working) == most


def test_what_a_function_refuses_goes_to_the_dead_letter_sink_and_is_done(
    source: Callable[..., Source],
) -> None:
    letters: list[tuple[str, dict[str, str]]] = []

    async def keeps(target: str, request: Request) -> Answer:
        letters.append((target, dict(request.headers)))
        return Answer(202)

    async def scene() -> dict[tuple[str, int], int]:
        found = source(refuses, keeps)
        found.received([record(0)])
        return await found.revoked([PARTITION], 5)

    assert asyncio.run(scene()) == {PARTITION: 1}
    ((target, headers),) = letters
    assert (target, headers["ce-id"], headers["ce-knativeerrorcode"]) == ("/default/dead", "1", "422")


def test_nothing_is_given_up_while_no_route_leads_to_the_function_yet(source: Callable[..., Source]) -> None:
    async def scene() -> dict[tuple[str, int], int]:
        opened = asyncio.Event()

        async def there() -> None:
            await opened.wait()

        async def works(_target: str, _request: Request) -> Answer:
            await there()
            return Answer(204)

        found = source(works, refuses, there=there, timeout="PT0.05S")
        found.received([record(0)])
        await asyncio.sleep(0.2)
        assert found.state()["retries"] == found.state()["lost"] == 0
        opened.set()
        offsets = await found.revoked([PARTITION], 5)
        assert found.state()["lost"] == 0
        return offsets

    assert asyncio.run(scene()) == {PARTITION: 1}
