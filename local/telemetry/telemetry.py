"""The telemetry of the twin: traces in files, metrics in memory, and the twin's own spans among the traces."""

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
Collect = Callable[[], Iterable[Metric]]

_BATCH_SECONDS = 1.0
# OpenTelemetry SDKs export at most this many spans at a time by default.
_BATCH_SPANS = 512


class Telemetry:
    """Stores traces and metrics from `start` to `stop`, and forwards them to `collector` if there is one."""

    def __init__(self, folder: Path, collector: str | None) -> None:
        self._writer = TraceWriter(folder)
        self._metrics = MetricStore()
        self._collect_twin_metrics: Collect = list
        self._collector = (collector or "").rstrip("/")
        self._forwarder: Forwarder | None = None
        self._ended_spans: list[Span] = []
        self._timer: asyncio.Task[None] | None = None

    def start(self, url: str) -> None:
        """Start writing and forwarding. `url` is the twin's own address.

        Forwarding is off if the collector is the twin itself, as in a shell that has evaluated `pagebus env`.
        """
        self._writer.start()
        if self._collector not in ("", url):
            self._forwarder = Forwarder(self._collector)
            self._forwarder.start()
        self._timer = start_task(self._write_spans_regularly(), "spans of the twin")

    async def stop(self) -> None:
        """Write and forward the queued telemetry, and end."""
        if self._timer:
            self._timer.cancel()
        self._write_spans()
        await self._writer.stop()
        if self._forwarder:
            await self._forwarder.stop()

    def set_metric_source(self, collect: Collect) -> None:
        """Set the function that returns the twin's own metrics each time that metrics are rendered."""
        self._collect_twin_metrics = collect

    def emit(self, span: Span) -> None:
        """Store a span of the twin itself with the next batch."""
        self._ended_spans.append(span)

    def add_traces(self, body: bytes) -> dict[str, Any]:
        """Store an ExportTraceServiceRequest unchanged and return the response.

        Raise ValueError if the body is not a JSON object.
        """
        _require_json_object(body)
        self._store_export(body)
        return {}

    def add_metrics(self, body: bytes) -> dict[str, Any]:
        """Add an ExportMetricsServiceRequest to the sums and return the response.

        Raise ValueError if the body is anything else.
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
        """Return all metrics in Prometheus' text format."""
        return self._metrics.render(self._collect_twin_metrics())

    async def _write_spans_regularly(self) -> None:
        while True:
            await asyncio.sleep(_BATCH_SECONDS)
            self._write_spans()

    def _write_spans(self) -> None:
        spans, self._ended_spans = self._ended_spans, []
        for first in range(0, len(spans), _BATCH_SPANS):
            self._store_export(json.dumps(otlp.build_export(spans[first : first + _BATCH_SPANS])).encode())

    def _store_export(self, export: bytes) -> None:
        # Line breaks can be removed, because in JSON they occur only between values.
        self._writer.add(export.translate(None, b"\r\n"))
        self._forward_export(TRACES, export)

    def _forward_export(self, path: str, body: bytes) -> None:
        if self._forwarder:
            self._forwarder.enqueue(path, body)


class _AnyObject(BaseModel):
    """A JSON object whose fields are ignored. Validating it takes a third of the time of json.loads."""

    model_config = ConfigDict(extra="ignore")


def _require_json_object(body: bytes) -> None:
    """Raise ValueError unless the body is a JSON object."""
    try:
        _AnyObject.model_validate_json(body)
    except ValidationError:
        # json.loads names the error, and accepts more than pydantic does, for example half a surrogate pair.
        _parse_json_object(body)


def _parse_json_object(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body.decode())
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(parsed, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004  # the sent content is wrong, not a Python type
    return parsed
