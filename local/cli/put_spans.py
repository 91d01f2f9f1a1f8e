"""What an upload took, told to the twin, so that a document's trace begins with it."""

import contextlib
import http.client
import json
import secrets
import urllib.request
from collections.abc import Iterable, Iterator
from typing import Any

from local.cli import home as homes
from local.cli import twin
from local.cli.submission import Submission
from local.telemetry import TELEMETRY, otlp
from local.telemetry.span import Span, SpanKind

_TIMEOUT_S = 0.5
_BATCH = 512


def told(submitted: Iterable[Submission]) -> Iterator[Submission]:
    """The same, of which the twin that is up learns when the last has been uploaded."""
    passed = []
    for one in submitted:
        passed.append(one)
        yield one
    there = twin.running(homes.find())
    if there is not None and (endpoint := there.urls.get(TELEMETRY)):
        tell(endpoint, passed)


def tell(endpoint: str, submitted: Iterable[Submission]) -> None:
    """Send a span for every upload that is read afresh. That it does not arrive is nobody's failure."""
    spans = [_span(one) for one in submitted if not one.known]
    with contextlib.suppress(OSError, http.client.HTTPException):
        for first in range(0, len(spans), _BATCH):
            _post(f"{endpoint}/v1/traces", otlp.export(spans[first : first + _BATCH]))


def _post(url: str, export: dict[str, Any]) -> None:
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url, json.dumps(export).encode(), headers)  # noqa: S310  # the twin's own loopback URL
    urllib.request.urlopen(request, timeout=_TIMEOUT_S).close()  # noqa: S310  # see above


def _span(one: Submission) -> Span:
    """Part of the document's own span, whose ids anybody can tell from the document's."""
    digits = one.document.document.replace("-", "")
    return Span(
        trace_id=digits,
        span_id=secrets.token_hex(8),
        parent=digits[16:],
        name="PutObject",
        kind=SpanKind.CLIENT,
        start=one.put[0],
        end=one.put[1],
        service="pagebus",
        attributes={"pagebus.document": one.document.document},
    )
