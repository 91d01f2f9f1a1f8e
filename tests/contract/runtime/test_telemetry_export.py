"""Spans and metrics reach a collector over HTTP, and a collector that is away holds nobody up."""

import gzip
import json
import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import pytest

from functions.runtime.telemetry.export import ENDPOINT
from functions.runtime.telemetry.telemetry import Telemetry
from local.platform.state import free_port
from tests.kit import eventually


class Collector(ThreadingHTTPServer):
    """Keeps what it is told, by path."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.told: list[tuple[str, dict[str, Any]]] = []

    def paths(self) -> set[str]:
        return {path for path, _ in self.told}


class _Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        assert isinstance(self.server, Collector)
        self.server.told.append((self.path, json.loads(body)))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        pass


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with Collector() as listening:
        serving = threading.Thread(target=listening.serve_forever, args=(0.05,))
        serving.start()
        monkeypatch.setenv(ENDPOINT, f"http://127.0.0.1:{listening.server_address[1]}")
        yield listening
        listening.shutdown()
        serving.join()


def work(telemetry: Telemetry) -> None:
    telemetry.ended(uuid4(), None, datetime.now(UTC), "completed")
    telemetry.measures.sent("a.topic", 0.1, None)


def test_spans_come_soon_and_the_rest_when_the_function_ends(collector: Collector) -> None:
    telemetry = Telemetry.begin("intake", 0)
    try:
        work(telemetry)
        eventually(lambda: "/v1/traces" in collector.paths(), what="spans")
    finally:
        telemetry.close()

    assert collector.paths() == {"/v1/traces", "/v1/metrics"}
    traces = next(body for path, body in collector.told if path == "/v1/traces")
    [of_resource] = traces["resourceSpans"]
    named = {one["key"]: one["value"].get("stringValue") for one in of_resource["resource"]["attributes"]}
    assert (named["service.name"], named["service.namespace"]) == ("intake", "pagebus")


def test_metrics_are_increments_because_replicas_come_and_go(collector: Collector) -> None:
    telemetry = Telemetry.begin("intake", 0)
    work(telemetry)
    telemetry.close()

    [body] = [body for path, body in collector.told if path == "/v1/metrics"]
    [of_scope] = body["resourceMetrics"][0]["scopeMetrics"]
    kinds = {one["name"]: one.get("sum") or one.get("histogram") for one in of_scope["metrics"]}
    assert {kind["aggregationTemporality"] for kind in kinds.values()} == {1}
    assert set(kinds) == {"messaging.client.sent.messages", "messaging.client.operation.duration"}


def test_a_collector_that_is_away_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENDPOINT, f"http://127.0.0.1:{free_port()}")
    telemetry = Telemetry.begin("intake", 0)
    begun = time.monotonic()
    for _ in range(3000):  # more than an export and more than the queue takes
        work(telemetry)
    worked = time.monotonic() - begun
    telemetry.close()
    closed = time.monotonic() - begun - worked

    assert worked < 5
    assert closed < 10


@pytest.mark.parametrize(
    ("name", "value"),
    [("OTEL_BSP_MAX_QUEUE_SIZE", "256"), ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "abc")],
    ids=["smaller than a batch", "no number"],
)
def test_a_telemetry_setting_that_does_not_fit_turns_it_off_and_keeps_no_function_from_starting(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:1")
    monkeypatch.setenv(name, value)

    telemetry = Telemetry.begin("intake", 0)
    work(telemetry)
    telemetry.close()

    assert ENDPOINT not in os.environ
