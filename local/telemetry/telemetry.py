"""The telemetry of the twin: traces in files, metrics in memory, and spans of the twin itself."""

import asyncio
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import structlog
from prometheus_client.core import Metric
from pydantic import BaseModel, ConfigDict, ValidationError

from local.tasks import start_task
from local.telemetry import otlp
from local.telemetry.forwarder import Forwarder
from local.telemetry.metrics import MetricStore
from local.telemetry.span import Span
from local.telemetry.trace_writer import TraceWriter

log = structlog.get_logger()

TRACES, METRICS = "/v1/traces", "/v1/metrics"
CollectMetrics = Callable[[], Iterable[Metric]]

_BATCH_INTERVAL_S = 1.0
# OpenTelemetry SDKs export at most this many spans at a time by default.
_BATCH_SPANS = 512


class Telemetry:
    """The store of traces and metrics, which works between `start` and `stop`.

    It writes traces to `folder`. It forwards telemetry to the URL `collector`, or not at all if this is None or empty.
    """

    def __init__(self, folder: Path, collector: str | None) -> None:
        self._writer = TraceWriter(folder)
        self._metrics = MetricStore()
        self._collect_twin_metrics: CollectMetrics = list
        self._collector = (collector or "").rstrip("/")
        self._forwarder: Forwarder | None = None
        self._ended_spans: list[Span] = []
        self._timer: asyncio.Task[None] | None = None

    def start(self, url: str) -> None:
        """Start to write and forward telemetry. `url` is the URL of this twin's telemetry port.

        Do not forward if the collector is this twin. This occurs in a shell that has evaluated `pagebus env`.
        """
        self._writer.start()
        if self._collector not in ("", url):
            self._forwarder = Forwarder(self._collector)
            self._forwarder.start()
        self._timer = start_task(self._write_spans_regularly(), "spans of the twin")

    async def stop(self) -> None:
        """Write and forward the queued telemetry, and stop."""
        if self._timer:
            self._timer.cancel()
        self._write_spans()
        await self._writer.stop()
        if self._forwarder:
            await self._forwarder.stop()

    def set_metric_source(self, collect_metrics: CollectMetrics) -> None:
        """Set the function that returns the metrics of the twin itself. It is called each time metrics are rendered."""
        self._collect_twin_metrics = collect_metrics

    def emit(self, span: Span) -> None:
        """Queue a span of the twin itself. It is stored with the next batch, within a second."""
        self._ended_spans.append(span)

    def add_traces(self, body: bytes) -> dict[str, Any]:
        """Store an ExportTraceServiceRequest unchanged and return the response.

        Raise ValueError if the body is not a JSON object.
        """
        _require_json_object(body)
        self._store_export(body)
        return {}

    def add_metrics(self, body: bytes) -> dict[str, Any]:
        """Add an ExportMetricsServiceRequest to the sums and return the response, which names refused data points.

        Raise ValueError if the body is not an ExportMetricsServiceRequest.
        """
        try:
            refusals = self._metrics.add(_parse_json_object(body))
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"not an ExportMetricsServiceRequest: {error!r}") from error
        self._forward_export(METRICS, body)
        if not refusals:
            return {}
        log.warning("telemetry.metrics_refused", points=len(refusals), reason=refusals[0])
        return {"partialSuccess": {"rejectedDataPoints": str(len(refusals)), "errorMessage": refusals[0]}}

    def render_metrics(self) -> bytes:
        """Return the metrics of all functions and of the twin, in the text format of Prometheus."""
        return self._metrics.render(self._collect_twin_metrics())

    async def _write_spans_regularly(self) -> None:
        while True:
            await asyncio.sleep(_BATCH_INTERVAL_S)
            self._write_spans()

    def _write_spans(self) -> None:
        spans, self._ended_spans = self._ended_spans, []
        for first in range(0, len(spans), _BATCH_SPANS):
            self._store_export(json.dumps(otlp.build_export(spans[first : first + _BATCH_SPANS])).encode())

    def _store_export(self, export: bytes) -> None:
        # Each export must be a single line. Line breaks can be removed, because they are never inside a JSON string.
        self._writer.add(export.translate(None, b"\r\n"))
        self._forward_export(TRACES, export)

    def _forward_export(self, path: str, body: bytes) -> None:
        if self._forwarder:
            self._forwarder.enqueue(path, body)


class _AnyObject(BaseModel):
    """Any JSON object. Its fields are ignored, so the validation takes a third of the time of json.loads."""

    model_config = ConfigDict(extra="ignore")


def _require_json_object(body: bytes) -> None:
    """Raise ValueError unless the body is a JSON object."""
    try:
        _AnyObject.model_validate_json(body)
    except ValidationError:
        # json.loads has better error messages, and accepts what pydantic refuses, for example half a surrogate pair.
        _parse_json_object(body)


def _parse_json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body.decode())
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004  # the sent content is wrong, not a Python type
    return value
