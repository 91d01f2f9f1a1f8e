"""Where the cluster's names lead."""

import asyncio

import pytest

from local.manifests.eventing import Destination
from local.twin.http import Answer, TransportError
from local.twin.mesh import Mesh, url_of
from local.twin.sources.records import Request

REQUEST = Request((("ce-id", "1"),), b"{}")


def destination(kind: str, namespace: str | None = None) -> Destination:
    version = {"Service": "serving.knative.dev/v1", "KafkaSink": "eventing.knative.dev/v1alpha1"}[kind]
    return Destination.model_validate(
        {"ref": {"apiVersion": version, "kind": kind, "name": "n", "namespace": namespace}}
    )


def test_references_resolve_to_the_urls_of_a_cluster() -> None:
    assert url_of(destination("Service"), "here") == "http://n.here.svc.cluster.local"
    assert url_of(destination("Service", "there"), "here") == "http://n.there.svc.cluster.local"
    sink = "http://kafka-sink-ingress.knative-eventing.svc.cluster.local/here/n"
    assert url_of(destination("KafkaSink"), "here") == sink


def test_a_known_host_is_answered_inside_the_twin() -> None:
    async def handler(target: str, request: Request) -> Answer:
        return Answer(200, target.encode() + (request.body or b""))

    mesh = Mesh()
    mesh.add("n.here.svc.cluster.local", handler)
    assert asyncio.run(mesh.post("http://n.here.svc.cluster.local/a?b=c", REQUEST)).body == b"/a?b=c{}"


def test_one_may_wait_until_a_name_leads_anywhere() -> None:
    async def handler(_target: str, _request: Request) -> Answer:
        return Answer(204)

    async def scene() -> None:
        mesh, opened = Mesh(), asyncio.Event()

        async def there() -> None:
            await opened.wait()

        mesh.add("n.here.svc.cluster.local", handler, there)
        waits = asyncio.create_task(mesh.there("http://n.here.svc.cluster.local/a"))
        await mesh.there("http://elsewhere/")
        assert not waits.done()
        opened.set()
        await asyncio.wait_for(waits, 5)

    asyncio.run(scene())


def test_an_unknown_name_of_the_cluster_never_leaves_the_twin() -> None:
    with pytest.raises(TransportError, match="no such host"):
        asyncio.run(Mesh().post("http://n.here.svc.cluster.local", REQUEST))


def test_a_header_with_a_control_character_is_never_sent() -> None:
    with pytest.raises(TransportError, match="control character"):
        asyncio.run(Mesh().post("http://127.0.0.1:9/", Request((("ce-id", "a\nb"),), b"")))


def test_a_refused_connection_is_no_answer() -> None:
    with pytest.raises(TransportError, match="connection refused"):
        asyncio.run(Mesh().post("http://127.0.0.1:9/", REQUEST))
