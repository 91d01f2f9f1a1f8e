"""Headers of a request as a container receives them from Knative: with the headers that Knative adds, in Go's order."""

import re
import uuid
from collections.abc import Iterable

RawHeaders = list[tuple[bytes, bytes]]

# RFC 9110, section 7.6.1: these headers apply to one connection only. The twin's HTTP server handles `Expect`.
_HOP_BY_HOP = frozenset(
    {b"connection", b"expect", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)
# Go writes these headers first, and then all others in alphabetical order.
_FIRST_HEADERS = (b"Host", b"User-Agent", b"Content-Length", b"Transfer-Encoding")
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_GATEWAY = b"127.0.0.1"


def drop_hop_by_hop(headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
    """Return the headers without hop-by-hop headers, which apply to one connection only."""
    return [(name, value) for name, value in headers if name.lower() not in _HOP_BY_HOP]


def build_container_headers(headers: Iterable[tuple[bytes, bytes]], client: str, *, is_proxied: bool) -> RawHeaders:
    """Return the headers after gateway, activator and queue-proxy have changed them; `headers` must contain `Host`.

    `client` is the IP address of the sender. `is_proxied` is true if the request goes through the activator.
    """
    result = [(canonicalize(name), value.strip(b" \t")) for name, value in drop_hop_by_hop(headers)]
    names = {name for name, _ in result}
    forwarded_for = [value for name, value in result if name == b"X-Forwarded-For"]
    added = {
        b"Forwarded": b"for=%b;proto=http" % client.encode(),
        b"X-Forwarded-Proto": b"http",
        b"X-Request-Id": str(uuid.uuid4()).encode(),
    }
    result = [(name, value) for name, value in result if name not in {b"X-Forwarded-For", b"K-Proxy-Request"}]
    result += [(name, value) for name, value in added.items() if name not in names]
    result += [(b"X-Forwarded-For", b", ".join([*forwarded_for, client.encode(), _GATEWAY]))]
    result += [(b"K-Proxy-Request", b"activator")] if is_proxied else []
    return sorted(result, key=_get_sort_key)


def canonicalize(name: bytes) -> bytes:
    """Return a header name as Go's textproto writes it. A name that is not a token stays unchanged."""
    return b"-".join(part.capitalize() for part in name.split(b"-")) if _TOKEN.fullmatch(name) else name


def _get_sort_key(header: tuple[bytes, bytes]) -> tuple[int, bytes]:
    name = header[0]
    return (_FIRST_HEADERS.index(name), b"") if name in _FIRST_HEADERS else (len(_FIRST_HEADERS), name)
