"""Responses at the twin's addresses, and errors at its start."""

import http.client
import json
import socket
import urllib.request
from urllib.error import HTTPError

import pytest

from local.twin.cluster_network import SINK_INGRESS
from tests.e2e.twin.rig import Rig


def test_public_service_answers_from_zero_on_its_port(rig: Rig) -> None:
    rig.add_service()
    rig.start()
    with urllib.request.urlopen(rig.load_addresses()["urls"]["recorder"], timeout=20) as answer:  # noqa: S310  # our loopback
        assert answer.read() == b"ready"


def test_request_without_a_response_in_time_is_a_504(rig: Rig) -> None:
    rig.add_service(command=["sleep", "60"], timeout=1)
    rig.start()
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(rig.load_addresses()["urls"]["recorder"], timeout=20)  # noqa: S310  # our loopback
    with refused.value as answer:
        assert (answer.code, answer.read()) == (504, b"activator request timeout")


def test_replica_that_closes_the_connection_is_a_502(rig: Rig) -> None:
    closes = "import os, socket; s = socket.create_server(('127.0.0.1', int(os.environ['PORT'])))\nwhile 1: s.accept()"
    rig.add_service(command=["python", "-c", closes], readinessProbe={"tcpSocket": {}})
    rig.start()
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(rig.load_addresses()["urls"]["recorder"], timeout=20)  # noqa: S310  # our loopback
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
def test_sink_answers_at_the_cluster_address(rig: Rig, method: str, path: str, event: str | None, status: int) -> None:
    rig.add_sink("dead", "dead-letters")
    rig.start()
    headers = {"Host": SINK_INGRESS}
    headers |= {"ce-id": event, "ce-specversion": "1.0", "ce-type": "t", "ce-source": "/s"} if event else {}
    address = rig.load_addresses()["urls"]["cluster"].removeprefix("http://")
    connection = http.client.HTTPConnection(address, timeout=20)
    connection.request(method, path, b"{}", headers)
    assert connection.getresponse().status == status
    connection.close()


def test_port_in_use_is_the_only_message(rig: Rig) -> None:
    rig.add_service(resources={})
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        rig.home.mkdir()
        (rig.home / "ports.json").write_text(json.dumps({"recorder": port}))
        told = rig.fail_to_start()
    remedy = f"End that process, or remove {rig.home / 'ports.json'}."
    assert told == f"Port {port} of recorder is in use by another process. {remedy}\n"


def test_unknown_field_is_reported_with_file_and_name(rig: Rig) -> None:
    rig.add_service(lifecycle={})
    told = rig.fail_to_start()
    assert f"{rig.manifests / 'Service-recorder.yaml'}: Service recorder: " in told
    assert "spec.template.spec.containers.0.lifecycle: the twin does not know this field" in told
