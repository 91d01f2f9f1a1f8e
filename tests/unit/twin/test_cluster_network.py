"""URLs of the cluster inside the twin."""

import asyncio

import pytest

from local.manifests.eventing import Destination
from local.twin.cluster_network import ClusterNetwork, resolve_url
from local.twin.http_client import HttpResponse, TransportError
from local.twin.sources.records import DeliveryRequest

REQUEST = DeliveryRequest((("ce-id", "1"),), b"{}")


def build_destination(kind: str, namespace: str | None = None) -> Destination:
    version = {"Service": "serving.knative.dev/v1", "KafkaSink": "eventing.knative.dev/v1alpha1"}[kind]
    return Destination.model_validate(
        {"ref": {"apiVersion": version, "kind": kind, "name": "n", "namespace": namespace}}
    )


def test_references_resolve_to_cluster_urls() -> None:
    assert resolve_url(build_destination("Service"), "here") == "http://n.here.svc.cluster.local"
    assert resolve_url(build_destination("Service", "there"), "here") == "http://n.there.svc.cluster.local"
    sink = "http://kafka-sink-ingress.knative-eventing.svc.cluster.local/here/n"
    assert resolve_url(build_destination("KafkaSink"), "here") == sink


def test_known_host_is_answered_by_its_handler() -> None:
    async def handler(target: str, request: DeliveryRequest) -> HttpResponse:
        return HttpResponse(200, target.encode() + (request.body or b""))

    mesh = ClusterNetwork()
    mesh.add_host("n.here.svc.cluster.local", handler)
    assert asyncio.run(mesh.post("http://n.here.svc.cluster.local/a?b=c", REQUEST)).body == b"/a?b=c{}"


def test_caller_can_wait_until_a_host_is_reachable() -> None:
    async def handler(_target: str, _request: DeliveryRequest) -> HttpResponse:
        return HttpResponse(204)

    async def scene() -> None:
        mesh, opened = ClusterNetwork(), asyncio.Event()

        async def there() -> None:
            await opened.wait()

        mesh.add_host("n.here.svc.cluster.local", handler, there)
        waits = asyncio.create_task(mesh.wait_until_reachable("http://n.here.svc.cluster.local/a"))
        await mesh.wait_until_reachable("http://elsewhere/")
        assert not waits.done()
        opened.set()
        await asyncio.wait_for(waits, 5)

    asyncio.run(scene())


def test_unknown_cluster_host_is_not_requested() -> None:
    with pytest.raises(TransportError, match="no such host"):
        asyncio.run(ClusterNetwork().post("http://n.here.svc.cluster.local", REQUEST))


def test_control_character_in_a_header_is_refused() -> None:
    with pytest.raises(TransportError, match="control character"):
        asyncio.run(ClusterNetwork().post("http://127.0.0.1:9/", DeliveryRequest((("ce-id", "a\nb"),), b"")))


def test_refused_connection_raises_transport_error() -> None:
    with pytest.raises(TransportError, match="connection refused"):
        asyncio.run(ClusterNetwork().post("http://127.0.0.1:9/", REQUEST))
