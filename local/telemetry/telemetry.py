"""What the twin keeps of telemetry: traces in files, metrics in memory, and its own spans among the traces."""

import asyncio
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import structlog
from prometheus_client.core import Metric
from pydantic import BaseModel, ConfigDict, ValidationError

from local.tasks import beside
from local.telemetry import otlp
from local.telemetry.forward import Forward
from local.telemetry.metrics import Metrics
from local.telemetry.span import Span
from local.telemetry.store import Store

log = structlog.get_logger()

TRACES, METRICS = "/v1/traces", "/v1/metrics"
Collect = Callable[[], Iterable[Metric]]

_BATCH_SECONDS = 1.0
# As many spans as the SDKs put into an export.
_BATCH = 512


class Telemetry:
    """Keeps from `start` until `stop`; what comes is passed on to a `collector` too, where there is one."""

    def __init__(self, folder: Path, collector: str | None) -> None:
        self._store = Store(folder)
        self._metrics = Metrics()
        self._further: Collect = list
        self._collector = (collector or "").rstrip("/")
        self._forward: Forward | None = None
        self._ended: list[Span] = []
        self._timer: asyncio.Task[None] | None = None

    def start(self, url: str) -> None:
        """`url` is its own: a shell that has evaluated `pagebus env` names it as the collector."""
        self._store.start()
        if self._collector not in ("", url):
            self._forward = Forward(self._collector)
            self._forward.start()
        self._timer = beside(self._tell_regularly(), "spans of the twin")

    async def stop(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._tell()
        await self._store.stop()
        if self._forward:
            await self._forward.stop()

    def show(self, further: Collect) -> None:
        """Metrics of the twin's own, asked for beside what has come."""
        self._further = further

    def emit(self, span: Span) -> None:
        """Keep a span of the twin's own, soon."""
        self._ended.append(span)

    def traces(self, body: bytes) -> dict[str, Any]:
        """Keep an ExportTraceServiceRequest as it is; the answer. Raises ValueError for what is no JSON object."""
        _check(body)
        self._keep(body)
        return {}

    def metrics(self, body: bytes) -> dict[str, Any]:
        """Add up an ExportMetricsServiceRequest; the answer. Raises ValueError for anything else."""
        try:
            refused = self._metrics.add(_object(body))
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"not an ExportMetricsServiceRequest: {error!r}") from error
        self._pass_on(METRICS, body)
        if not refused:
            return {}
        log.warning("telemetry.metrics_refused", points=len(refused), reason=refused[0])
        return {"partialSuccess": {"rejectedDataPoints": str(len(refused)), "errorMessage": refused[0]}}

    def exposition(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return self._metrics.exposition(self._further())

    async def _tell_regularly(self) -> None:
        while True:
            await asyncio.sleep(_BATCH_SECONDS)
            self._tell()

    def _tell(self) -> None:
        ended, self._ended = self._ended, []
        for first in range(0, len(ended), _BATCH):
            self._keep(json.dumps(otlp.export(ended[first : first + _BATCH])).encode())

    def _keep(self, spans: bytes) -> None:
        # JSON has line breaks between its values only.
        self._store.add(spans.translate(None, b"\r\n"))
        self._pass_on(TRACES, spans)

    def _pass_on(self, path: str, body: bytes) -> None:
        if self._forward:
            self._forward.offer(path, body)


class _Anything(BaseModel):
    """A JSON object of which nothing is wanted: to read it takes a third of the time that making it takes."""

    model_config = ConfigDict(extra="ignore")


def _check(body: bytes) -> None:
    try:
        _Anything.model_validate_json(body)
    except ValidationError:
        _object(body)  # which says what is wrong, and takes what is merely odd, such as half a character


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body.decode())
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004  # it is what was sent that is wrong
    return found
