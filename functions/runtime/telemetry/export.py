"""Where spans and metrics go: to the OTLP endpoint of the environment, beside the work and never in its way."""

import logging
import os
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import structlog
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    MetricExporter,
    MetricExportResult,
    MetricsData,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

log = structlog.get_logger()

#: OpenTelemetry's own variable. Without it nothing is exported.
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
#: Whoever watches wants to see a page soon after it is read.
SPANS_EVERY_MS = 1000
METRICS_EVERY_MS = 10_000
#: A function that is told to end waits no longer for a collector that does not answer.
PATIENCE_SECONDS = 2.0
_PAUSE_SECONDS = 10.0
# Functions come and go: what a replica counted is an increment, and whoever receives it adds up.
_DELTA: dict[type, AggregationTemporality] = dict.fromkeys((Counter, Histogram), AggregationTemporality.DELTA)


def tracer_provider(resource: Resource, processors: Sequence[SpanProcessor]) -> TracerProvider:
    """Sampling as the caller decided, or as OTEL_TRACES_SAMPLER says."""
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    for processor in processors:
        provider.add_span_processor(processor)
    return provider


def span_processors() -> list[SpanProcessor]:
    """One that exports in batches, where there is somewhere to export to."""
    return [BatchSpanProcessor(_Spans(), schedule_delay_millis=SPANS_EVERY_MS)] if os.environ.get(ENDPOINT) else []


def meter_provider(resource: Resource) -> MeterProvider:
    """Exports now and then, and what is left at the end."""
    readers = []
    if os.environ.get(ENDPOINT):
        readers = [PeriodicExportingMetricReader(_Metrics(), export_interval_millis=METRICS_EVERY_MS)]
    return MeterProvider(readers, resource, shutdown_on_exit=False)


def resource(function: str) -> Resource:
    """Who speaks: this replica, and what OTEL_RESOURCE_ATTRIBUTES adds."""
    name = os.environ.get("K_SERVICE") or function.replace("_", "-")
    ours = {"service.name": name, "service.namespace": "pagebus", "service.instance.id": str(uuid4())}
    return Resource({**ours, "faas.name": name, "faas.version": os.environ.get("K_REVISION", "")}).merge(
        OTELResourceDetector().detect()
    )


def turn_off() -> None:
    """Forget what the environment says of telemetry: a function that cannot tell of its work still works."""
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        del os.environ[name]


class _Pause:
    """Keeps from asking a collector again that has just failed: shutting down would wait for it batch after batch."""

    def __init__(self) -> None:
        self._until = 0.0

    def __bool__(self) -> bool:
        return time.monotonic() < self._until

    def after_failure(self) -> None:
        self._until = time.monotonic() + _PAUSE_SECONDS
        log.warning("telemetry.not_exported", paused_seconds=_PAUSE_SECONDS)


class _Spans(SpanExporter):
    """Imports and connects with the first export: a function that wakes up has other things to do."""

    def __init__(self) -> None:
        self._exporter: SpanExporter | None = None
        self._pause = _Pause()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self._pause:
            return SpanExportResult.FAILURE
        if self._exporter is None:
            from opentelemetry.exporter.otlp.json.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415  # see above

            _hush()
            self._exporter = OTLPSpanExporter(timeout=PATIENCE_SECONDS)
        result = self._exporter.export(spans)
        if result is not SpanExportResult.SUCCESS:
            self._pause.after_failure()
        return result

    def shutdown(self) -> None:
        if self._exporter:
            self._exporter.shutdown()


class _Metrics(MetricExporter):
    """As _Spans."""

    def __init__(self) -> None:
        super().__init__(preferred_temporality=_DELTA)
        self._exporter: MetricExporter | None = None
        self._pause = _Pause()

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **_: Any) -> MetricExportResult:
        if self._pause:
            return MetricExportResult.FAILURE
        if self._exporter is None:
            from opentelemetry.exporter.otlp.json.http.metric_exporter import OTLPMetricExporter  # noqa: PLC0415  # see _Spans

            _hush()
            self._exporter = OTLPMetricExporter(timeout=PATIENCE_SECONDS, preferred_temporality=_DELTA)
        result = self._exporter.export(metrics_data, timeout_millis=timeout_millis)
        if result is not MetricExportResult.SUCCESS:
            self._pause.after_failure()
        return result

    def force_flush(self, timeout_millis: float = 10_000) -> bool:  # noqa: ARG002  # the SDK's signature
        return True

    def shutdown(self, timeout_millis: float = 10_000, **_: Any) -> None:
        if self._exporter:
            self._exporter.shutdown(timeout_millis=timeout_millis)


def _hush() -> None:
    """The SDK's own lines are no JSON; a failure is told by `telemetry.not_exported`."""
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
