"""Each request of the recordings, made again of its record: byte for byte, but for what varies from run to run."""

import base64
import re
from collections.abc import Iterable

import pytest

from local.twin.http import wire_headers
from local.twin.sources.records import Request, request
from tests.unit.twin.recordings import Exchange, Recording, exchanges

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
# Attributes of CloudEvents itself; the order of all others is that of a hash.
_CORE = {b"ce-specversion", b"ce-id", b"ce-source", b"ce-type", b"ce-dataschema", b"ce-subject", b"ce-time"}

_SPAN = re.compile(rb"^(00-\w{32})-\w{16}")

Headers = list[tuple[bytes, bytes]]


@pytest.mark.parametrize("exchange", [found for name in _RECORDINGS for found in exchanges(name)], ids=str)
def test_a_record_becomes_the_request_that_was_recorded(exchange: Exchange) -> None:
    made = request(exchange.record, exchange.origin)
    assert (made.body or b"") == base64.b64decode(exchange.received["body_b64"])
    recorded = _recorded(exchange.received)
    found = _wire(made, dict(recorded)[b"host"].decode())
    assert _without_extensions(found) == _without_extensions(recorded)
    assert sorted(found) == sorted(recorded)


def _recorded(received: Recording) -> Headers:
    return _varying((name.encode(), _bytes(text, *raw)) for name, text, *raw in received["headers"])


def _bytes(text: str, encoded: str | None = None) -> bytes:
    return base64.b64decode(encoded) if encoded else text.encode("ascii")


def _wire(made: Request, host: str) -> Headers:
    return _varying(wire_headers(host, made))


def _varying(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Without the ids of spans, and without leading blanks, which no server sees."""
    return [(name, _SPAN.sub(rb"\1", value) if name == b"traceparent" else value.lstrip()) for name, value in headers]


def _without_extensions(headers: Headers) -> Headers:
    return [(name, value) for name, value in headers if not name.startswith(b"ce-") or name in _CORE]
