"""Doubles for unit tests. They pass the same suites as the real things (tests/contract)."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor

from events.event import Event
from functions.runtime.errors import Changed, Gone, TooLarge, Unavailable
from functions.runtime.storage import Storage, Stored, Stream
from functions.runtime.telemetry.replica import Replica
from functions.runtime.telemetry.telemetry import Telemetry
from functions.runtime.trace import UNTRACED, Trace


def telemetry(*processors: SpanProcessor, function: str = "tested", created: int = 0) -> Telemetry:
    """A function's telemetry that goes to nobody, or to these."""
    return Telemetry(Replica(function, created), Resource({"service.name": function}), processors, MeterProvider())


class MemoryStorage(Storage):
    """A store in a dictionary. `away` makes it unavailable."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], tuple[bytes, Stored]] = {}
        self.away = False

    def add(self, bucket: str, key: str, body: bytes, metadata: dict[str, str] | None = None) -> Stored:
        """Put an object as a stranger would."""
        etag = hashlib.md5(body, usedforsecurity=False).hexdigest()
        stored = Stored(key=key, size=len(body), etag=etag, modified=datetime.now(UTC), metadata=metadata or {})
        self.objects[bucket, key] = body, stored
        return stored

    def head(self, bucket: str, key: str, version_id: str | None = None) -> Stored | None:  # noqa: ARG002  # one version
        found = self._found(bucket, key)
        return found[1] if found else None

    def download(  # noqa: PLR0913  # the real one's signature
        self, bucket: str, key: str, path: Path, *, etag: str, version_id: str | None = None, limit: int
    ) -> str:
        found = self._found(bucket, key)
        if found is None:
            raise Gone(key, version_id)
        body, stored = found
        if stored.etag != etag:
            raise Changed(key)
        if len(body) > limit:
            raise TooLarge(key)
        path.write_bytes(body)
        return hashlib.sha256(body).hexdigest()

    def get(self, bucket: str, key: str) -> bytes | None:
        found = self._found(bucket, key)
        return found[0] if found else None

    def stream(self, bucket: str, key: str) -> Stream | None:
        found = self._found(bucket, key)
        return Stream(found[1].size, iter([found[0]])) if found else None

    def put(self, bucket: str, key: str, body: bytes, media_type: str) -> None:  # noqa: ARG002  # not kept
        self._found(bucket, key)
        self.add(bucket, key, body)

    def put_new(self, bucket: str, key: str, body: bytes, media_type: str) -> bool:  # noqa: ARG002  # not kept
        if self._found(bucket, key):
            return False
        self.add(bucket, key, body)
        return True

    def upload(self, bucket: str, key: str, path: Path, media_type: str) -> None:  # noqa: ARG002  # not kept
        self._found(bucket, key)
        self.add(bucket, key, path.read_bytes())

    def list(self, bucket: str, prefix: str, *, after: str = "", limit: int = 1000) -> list[Stored]:
        self._found(bucket, prefix)
        keys = sorted(k for b, k in self.objects if b == bucket and k.startswith(prefix) and k > after)
        return [self.objects[bucket, key][1] for key in keys[:limit]]

    def _found(self, bucket: str, key: str) -> tuple[bytes, Stored] | None:
        if self.away:
            raise Unavailable("the object store does not answer")
        return self.objects.get((bucket, key))


class Recorder:
    """Publishes to a list, or fails as told."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.said: list[tuple[Event, Trace]] = []
        self.failure = failure

    def __call__(self, events: Sequence[Event], trace: Trace = UNTRACED) -> None:
        if self.failure:
            raise self.failure
        self.said += [(event, trace) for event in events]
