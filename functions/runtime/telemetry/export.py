"""Export of spans and metrics to an OTLP endpoint in background threads, so that a collector never delays the work."""

import logging
import os
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

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

from functions.runtime.log import get_logger

log = get_logger()

#: OpenTelemetry's variable for the endpoint. Nothing is exported unless it is set.
ENDPOINT_VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"
#: Export intervals. Spans are exported soon, because `pagebus` shows them while a document is processed.
SPAN_INTERVAL_MS = 1000
METRIC_INTERVAL_MS = 10_000
#: Timeout of an export, and the time that a function waits for its last export when it ends.
EXPORT_TIMEOUT_SECONDS = 2.0
_PAUSE_SECONDS = 10.0
# A replica that ends takes its counters with it. So each replica exports increments, and the collector adds them up.
_DELTA: dict[type, AggregationTemporality] = dict.fromkeys((Counter, Histogram), AggregationTemporality.DELTA)


def create_tracer_provider(resource: Resource, processors: Sequence[SpanProcessor]) -> TracerProvider:
    """Return a provider of tracers. The parent span or OTEL_TRACES_SAMPLER decides which spans are sampled."""
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    for processor in processors:
        provider.add_span_processor(processor)
    return provider


def create_span_processors() -> list[SpanProcessor]:
    """Return a list with a processor that exports spans in batches. It is empty if no endpoint is set."""
    if not os.environ.get(ENDPOINT_VARIABLE):
        return []
    return [BatchSpanProcessor(_LazySpanExporter(), schedule_delay_millis=SPAN_INTERVAL_MS)]


def create_meter_provider(resource: Resource) -> MeterProvider:
    """Return a provider that exports metrics periodically and at shutdown, if an endpoint is set."""
    readers = []
    if os.environ.get(ENDPOINT_VARIABLE):
        readers = [PeriodicExportingMetricReader(_LazyMetricExporter(), export_interval_millis=METRIC_INTERVAL_MS)]
    return MeterProvider(readers, resource, shutdown_on_exit=False)


def create_resource(function: str) -> Resource:
    """Return the OpenTelemetry resource of this replica, with the attributes of OTEL_RESOURCE_ATTRIBUTES."""
    name = os.environ.get("K_SERVICE") or function.replace("_", "-")
    service = {"service.name": name, "service.namespace": "pagebus", "service.instance.id": str(uuid4())}
    return Resource({**service, "faas.name": name, "faas.version": os.environ.get("K_REVISION", "")}).merge(
        OTELResourceDetector().detect()
    )


def remove_otel_variables() -> None:
    """Delete all OTEL_ variables of this process, which turns telemetry off."""
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        del os.environ[name]


class _Pause:
    """A pause of exports after a failed export. Without this pause, shutdown would wait for one timeout per batch."""

    def __init__(self) -> None:
        self._until = 0.0

    @property
    def is_active(self) -> bool:
        return time.monotonic() < self._until

    def start(self) -> None:
        self._until = time.monotonic() + _PAUSE_SECONDS
        log.warning("telemetry.not_exported", paused_seconds=_PAUSE_SECONDS)


class _LazySpanExporter(SpanExporter):
    """An OTLP exporter that is imported at the first export, so that it does not delay the start of a function."""

    def __init__(self) -> None:
        self._exporter: SpanExporter | None = None
        self._pause = _Pause()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self._pause.is_active:
            return SpanExportResult.FAILURE
        if self._exporter is None:
            from opentelemetry.exporter.otlp.json.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415  # see above

            _silence_sdk()
            self._exporter = OTLPSpanExporter(timeout=EXPORT_TIMEOUT_SECONDS)
        result = self._exporter.export(spans)
        if result is not SpanExportResult.SUCCESS:
            self._pause.start()
        return result

    def shutdown(self) -> None:
        if self._exporter:
            self._exporter.shutdown()


class _LazyMetricExporter(MetricExporter):
    """An OTLP exporter of metrics that is imported at the first export, see _LazySpanExporter."""

    def __init__(self) -> None:
        super().__init__(preferred_temporality=_DELTA)
        self._exporter: MetricExporter | None = None
        self._pause = _Pause()

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **_: Any) -> MetricExportResult:
        if self._pause.is_active:
            return MetricExportResult.FAILURE
        if self._exporter is None:
            from opentelemetry.exporter.otlp.json.http.metric_exporter import OTLPMetricExporter  # noqa: PLC0415  # see above

            _silence_sdk()
            self._exporter = OTLPMetricExporter(timeout=EXPORT_TIMEOUT_SECONDS, preferred_temporality=_DELTA)
        result = self._exporter.export(metrics_data, timeout_millis=timeout_millis)
        if result is not MetricExportResult.SUCCESS:
            self._pause.start()
        return result

    def force_flush(self, timeout_millis: float = 10_000) -> bool:  # noqa: ARG002  # the SDK's signature
        return True

    def shutdown(self, timeout_millis: float = 10_000, **_: Any) -> None:
        if self._exporter:
            self._exporter.shutdown(timeout_millis=timeout_millis)


def _silence_sdk() -> None:
    """Turn off the SDK's own log lines, which are not JSON. `telemetry.not_exported` reports failures instead."""
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
