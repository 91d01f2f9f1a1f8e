"""Recorded records and their requests, compared byte by byte without the parts that vary between runs."""

import base64
import re
from collections.abc import Iterable

import pytest

from local.twin.http_client import build_wire_headers
from local.twin.sources.records import DeliveryRequest, build_request
from tests.parity.golden import Recording
from tests.unit.twin.recordings import Exchange, load_exchanges

_RECORDINGS = (
    "01-binary",
    "02-structured",
    "03-raw",
    "04-half",
    "05-traceparent",
    "06-keytype-string",
    "06-keytype-int",
    "06-keytype-float",
    "06-keytype-byte-array",
)
# Attributes defined by CloudEvents. The order of other attributes depends on a hash.
_CORE = {b"ce-specversion", b"ce-id", b"ce-source", b"ce-type", b"ce-dataschema", b"ce-subject", b"ce-time"}

_SPAN = re.compile(rb"^(00-\w{32})-\w{16}")

Headers = list[tuple[bytes, bytes]]


@pytest.mark.parametrize("exchange", [found for name in _RECORDINGS for found in load_exchanges(name)], ids=str)
def test_record_becomes_the_recorded_request(exchange: Exchange) -> None:
    request = build_request(exchange.record, exchange.identity)
    assert (request.body or b"") == base64.b64decode(exchange.received["body_b64"])
    recorded = _decode_recorded(exchange.received)
    found = _build_wire(request, dict(recorded)[b"host"].decode())
    assert _drop_extensions(found) == _drop_extensions(recorded)
    assert sorted(found) == sorted(recorded)


def _decode_recorded(received: Recording) -> Headers:
    return _normalize((name.encode(), _decode(text, *raw)) for name, text, *raw in received["headers"])


def _decode(text: str, encoded: str | None = None) -> bytes:
    return base64.b64decode(encoded) if encoded else text.encode("ascii")


def _build_wire(request: DeliveryRequest, host: str) -> Headers:
    return _normalize(build_wire_headers(host, request))


def _normalize(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Return the headers without span ids and leading blanks, which no server receives."""
    return [(name, _SPAN.sub(rb"\1", value) if name == b"traceparent" else value.lstrip()) for name, value in headers]


def _drop_extensions(headers: Headers) -> Headers:
    return [(name, value) for name, value in headers if not name.startswith(b"ce-") or name in _CORE]
