"""Export of spans and metrics to an OTLP collector. A collector that is down does not delay the work."""

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

from functions.runtime.telemetry.export import ENDPOINT_VARIABLE
from functions.runtime.telemetry.telemetry import Telemetry
from local.platform.state import find_free_port
from tests.kit import wait_for


class Collector(ThreadingHTTPServer):
    """A collector that stores the JSON of each request with its path."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _RequestHandler)
        self.requests: list[tuple[str, dict[str, Any]]] = []

    def list_paths(self) -> set[str]:
        return {path for path, _ in self.requests}


class _RequestHandler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        assert isinstance(self.server, Collector)
        self.server.requests.append((self.path, json.loads(body)))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name in the base class
        pass


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with Collector() as listening:
        serving = threading.Thread(target=listening.serve_forever, args=(0.05,))
        serving.start()
        monkeypatch.setenv(ENDPOINT_VARIABLE, f"http://127.0.0.1:{listening.server_address[1]}")
        yield listening
        listening.shutdown()
        serving.join()


def record_work(telemetry: Telemetry) -> None:
    telemetry.export_document_span(uuid4(), None, datetime.now(UTC), "completed")
    telemetry.metrics.record_publishing("a.topic", 0.1, None)


def test_spans_arrive_soon_and_metrics_at_the_end(collector: Collector) -> None:
    telemetry = Telemetry.from_environment("intake", 0)
    try:
        record_work(telemetry)
        wait_for(lambda: "/v1/traces" in collector.list_paths(), what="spans")
    finally:
        telemetry.close()

    assert collector.list_paths() == {"/v1/traces", "/v1/metrics"}
    traces = next(body for path, body in collector.requests if path == "/v1/traces")
    [resource_spans] = traces["resourceSpans"]
    attributes = {
        attribute["key"]: attribute["value"].get("stringValue")
        for attribute in resource_spans["resource"]["attributes"]
    }
    assert (attributes["service.name"], attributes["service.namespace"]) == ("intake", "pagebus")


def test_metrics_have_delta_temporality(collector: Collector) -> None:
    telemetry = Telemetry.from_environment("intake", 0)
    record_work(telemetry)
    telemetry.close()

    [body] = [body for path, body in collector.requests if path == "/v1/metrics"]
    [scope_metrics] = body["resourceMetrics"][0]["scopeMetrics"]
    kinds = {metric["name"]: metric.get("sum") or metric.get("histogram") for metric in scope_metrics["metrics"]}
    assert {kind["aggregationTemporality"] for kind in kinds.values()} == {1}
    assert set(kinds) == {"messaging.client.sent.messages", "messaging.client.operation.duration"}


def test_unreachable_collector_does_not_delay_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENDPOINT_VARIABLE, f"http://127.0.0.1:{find_free_port()}")
    telemetry = Telemetry.from_environment("intake", 0)
    started_at = time.monotonic()
    for _ in range(3000):  # more than one export, and more than the queue holds
        record_work(telemetry)
    work_seconds = time.monotonic() - started_at
    telemetry.close()
    close_seconds = time.monotonic() - started_at - work_seconds

    assert work_seconds < 5
    assert close_seconds < 10


@pytest.mark.parametrize(
    ("name", "value"),
    [("OTEL_BSP_MAX_QUEUE_SIZE", "256"), ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "abc")],
    ids=["smaller than a batch", "not a number"],
)
def test_invalid_telemetry_setting_turns_telemetry_off(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(ENDPOINT_VARIABLE, "http://127.0.0.1:1")
    monkeypatch.setenv(name, value)

    telemetry = Telemetry.from_environment("intake", 0)
    record_work(telemetry)
    telemetry.close()

    assert ENDPOINT_VARIABLE not in os.environ
