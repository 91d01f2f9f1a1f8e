"""What an upload took, told to the twin, so that a document's trace begins with it."""

import contextlib
import http.client
import json
import secrets
import urllib.request
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from events import traceparent
from local.cli.submission import Submission
from local.cli.uploading import Uploaded
from local.telemetry import otlp
from local.telemetry.span import Span, SpanKind

_TIMEOUT_S = 0.5
_BATCH = 512


def tell(endpoint: str | None, submitted: Iterable[Submission]) -> None:
    """Send a span for every upload that is read afresh. That it does not arrive is nobody's failure."""
    spans = [_span(one.put) for one in submitted if one.put]
    with contextlib.suppress(OSError, http.client.HTTPException):
        for first in range(0, len(spans) if endpoint else 0, _BATCH):
            _post(f"{endpoint}/v1/traces", otlp.export(spans[first : first + _BATCH]))


def _post(url: str, export: dict[str, Any]) -> None:
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url, json.dumps(export).encode(), headers)  # noqa: S310  # the twin's own loopback URL
    urllib.request.urlopen(request, timeout=_TIMEOUT_S).close()  # noqa: S310  # see above


def _span(put: Uploaded) -> Span:
    """Part of the document's own span, whose ids anybody can tell from the document's."""
    trace = traceparent.of_document(UUID(put.document.document))
    return Span(
        trace_id=trace.trace_id,
        span_id=secrets.token_hex(8),
        parent=trace.span_id,
        name="PutObject",
        kind=SpanKind.CLIENT,
        start=put.began,
        end=put.ended,
        service="pagebus",
        attributes={"pagebus.document": put.document.document},
    )
