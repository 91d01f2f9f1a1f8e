"""What answers at the twin's addresses, and what it refuses to run."""

import http.client
import json
import socket
import urllib.request
from urllib.error import HTTPError

import pytest

from local.twin.mesh import SINK_INGRESS
from tests.e2e.twin.rig import Rig


def test_a_public_service_answers_from_zero_at_its_own_port(rig: Rig) -> None:
    rig.service()
    rig.start()
    with urllib.request.urlopen(rig.told()["urls"]["recorder"], timeout=20) as answer:  # noqa: S310  # our loopback
        assert answer.read() == b"ready"


def test_a_request_that_nothing_answers_in_time_gets_a_504(rig: Rig) -> None:
    rig.service(command=["sleep", "60"], timeout=1)
    rig.start()
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(rig.told()["urls"]["recorder"], timeout=20)  # noqa: S310  # our loopback
    with refused.value as answer:
        assert (answer.code, answer.read()) == (504, b"activator request timeout")


def test_a_replica_that_closes_without_an_answer_makes_a_502(rig: Rig) -> None:
    closes = "import os, socket; s = socket.create_server(('127.0.0.1', int(os.environ['PORT'])))\nwhile 1: s.accept()"
    rig.service(command=["python", "-c", closes], readinessProbe={"tcpSocket": {}})
    rig.start()
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(rig.told()["urls"]["recorder"], timeout=20)  # noqa: S310  # our loopback
    with refused.value as answer:
        assert answer.code == 502


@pytest.mark.parametrize(
    ("method", "path", "event", "status"),
    [
        pytest.param("POST", "/default/dead", "one", 202, id="an event"),
        pytest.param("POST", "/default/dead", None, 400, id="no event"),
        pytest.param("PUT", "/default/dead", "one", 405, id="another method"),
        pytest.param("POST", "/default/other", "one", 404, id="another sink"),
    ],
)
def test_a_sink_answers_at_the_clusters_address(
    rig: Rig, method: str, path: str, event: str | None, status: int
) -> None:
    rig.sink("dead", "dead-letters")
    rig.start()
    headers = {"Host": SINK_INGRESS}
    headers |= {"ce-id": event, "ce-specversion": "1.0", "ce-type": "t", "ce-source": "/s"} if event else {}
    address = rig.told()["urls"]["cluster"].removeprefix("http://")
    connection = http.client.HTTPConnection(address, timeout=20)
    connection.request(method, path, b"{}", headers)
    assert connection.getresponse().status == status
    connection.close()


def test_a_taken_port_is_told_and_nothing_else(rig: Rig) -> None:
    rig.service(resources={})
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        rig.home.mkdir()
        (rig.home / "ports.json").write_text(json.dumps({"recorder": port}))
        told = rig.refused()
    remedy = f"end what listens there, or remove {rig.home / 'ports.json'}"
    assert told == f"port {port} of recorder is taken; {remedy}\n"


def test_an_unknown_field_is_refused_with_its_file_and_name(rig: Rig) -> None:
    rig.service(lifecycle={})
    told = rig.refused()
    assert f"{rig.manifests / 'Service-recorder.yaml'}: Service recorder: " in told
    assert "spec.template.spec.containers.0.lifecycle: the twin does not know this field" in told
