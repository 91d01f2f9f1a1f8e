"""Headers as a container behind Knative sees them: with what is added on the way, in the order of Go."""

import re
import uuid
from collections.abc import Iterable

Wire = list[tuple[bytes, bytes]]

# RFC 9110, section 7.6.1: these belong to one connection; `Expect` is met by whoever accepts it.
_HOP_BY_HOP = frozenset(
    {b"connection", b"expect", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)
_FIRST = (b"Host", b"User-Agent", b"Content-Length", b"Transfer-Encoding")
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_GATEWAY = b"127.0.0.1"


def end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> Wire:
    """Without those that belong to one connection."""
    return [(name, value) for name, value in headers if name.lower() not in _HOP_BY_HOP]


def at_container(headers: Iterable[tuple[bytes, bytes]], client: str, *, proxied: bool) -> Wire:
    """What gateway, activator and queue-proxy make of a request of `client`; `headers` name the host."""
    found = [(canonical(name), value.strip(b" \t")) for name, value in end_to_end(headers)]
    names = {name for name, _ in found}
    way = [value for name, value in found if name == b"X-Forwarded-For"]
    added = {
        b"Forwarded": b"for=%b;proto=http" % client.encode(),
        b"X-Forwarded-Proto": b"http",
        b"X-Request-Id": str(uuid.uuid4()).encode(),
    }
    found = [(name, value) for name, value in found if name not in {b"X-Forwarded-For", b"K-Proxy-Request"}]
    found += [(name, value) for name, value in added.items() if name not in names]
    found += [(b"X-Forwarded-For", b", ".join([*way, client.encode(), _GATEWAY]))]
    found += [(b"K-Proxy-Request", b"activator")] if proxied else []
    return sorted(found, key=_place)


def canonical(name: bytes) -> bytes:
    """As Go's textproto writes it; a name that is no token stays as it is."""
    return b"-".join(part.capitalize() for part in name.split(b"-")) if _TOKEN.fullmatch(name) else name


def _place(header: tuple[bytes, bytes]) -> tuple[int, bytes]:
    name = header[0]
    return (_FIRST.index(name), b"") if name in _FIRST else (len(_FIRST), name)
