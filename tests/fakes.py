"""Fakes for unit tests. They pass the same contract tests as the real classes (tests/contract)."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor

from events.event import Event
from functions.runtime.errors import ObjectChanged, ObjectGone, ObjectTooLarge, Unavailable
from functions.runtime.storage import ObjectInfo, ObjectStream, Storage
from functions.runtime.telemetry.replica import Replica
from functions.runtime.telemetry.telemetry import Telemetry
from functions.runtime.trace import NO_TRACE, Trace


def create_telemetry(*processors: SpanProcessor, function: str = "tested", created: int = 0) -> Telemetry:
    """Return telemetry whose spans go to these processors only. Metrics are not exported."""
    return Telemetry(Replica(function, created), Resource({"service.name": function}), processors, MeterProvider())


class MemoryStorage(Storage):
    """An object store in a dictionary. With `is_down`, every method raises Unavailable."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], tuple[bytes, ObjectInfo]] = {}
        self.is_down = False

    def add(self, bucket: str, key: str, body: bytes, metadata: dict[str, str] | None = None) -> ObjectInfo:
        """Add an object without a condition, as an uploading client does."""
        etag = hashlib.md5(body, usedforsecurity=False).hexdigest()
        stored = ObjectInfo(key=key, size=len(body), etag=etag, modified=datetime.now(UTC), metadata=metadata or {})
        self.objects[bucket, key] = body, stored
        return stored

    def head(self, bucket: str, key: str, version_id: str | None = None) -> ObjectInfo | None:  # noqa: ARG002  # there is only one version
        found = self._find(bucket, key)
        return found[1] if found else None

    def download(  # noqa: PLR0913  # the signature of Storage.download
        self, bucket: str, key: str, path: Path, *, etag: str, version_id: str | None = None, limit: int
    ) -> str:
        found = self._find(bucket, key)
        if found is None:
            raise ObjectGone(key, version_id)
        body, stored = found
        if stored.etag != etag:
            raise ObjectChanged(key)
        if len(body) > limit:
            raise ObjectTooLarge(key)
        path.write_bytes(body)
        return hashlib.sha256(body).hexdigest()

    def get(self, bucket: str, key: str) -> bytes | None:
        found = self._find(bucket, key)
        return found[0] if found else None

    def stream(self, bucket: str, key: str) -> ObjectStream | None:
        found = self._find(bucket, key)
        return ObjectStream(found[1].size, iter([found[0]])) if found else None

    def put(self, bucket: str, key: str, body: bytes, media_type: str) -> None:  # noqa: ARG002  # media types are not stored
        self._find(bucket, key)
        self.add(bucket, key, body)

    def put_if_absent(self, bucket: str, key: str, body: bytes, media_type: str) -> bool:  # noqa: ARG002  # media types are not stored
        if self._find(bucket, key):
            return False
        self.add(bucket, key, body)
        return True

    def upload(self, bucket: str, key: str, path: Path, media_type: str) -> None:  # noqa: ARG002  # media types are not stored
        self._find(bucket, key)
        self.add(bucket, key, path.read_bytes())

    def list_objects(self, bucket: str, prefix: str, *, after: str = "", limit: int = 1000) -> list[ObjectInfo]:
        self._find(bucket, prefix)
        keys = sorted(k for b, k in self.objects if b == bucket and k.startswith(prefix) and k > after)
        return [self.objects[bucket, key][1] for key in keys[:limit]]

    def _find(self, bucket: str, key: str) -> tuple[bytes, ObjectInfo] | None:
        if self.is_down:
            raise Unavailable("the object store does not answer")
        return self.objects.get((bucket, key))


class PublishRecorder:
    """A fake of `Bus.publish`. It appends to `published`, or raises `failure`."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.published: list[tuple[Event, Trace]] = []
        self.failure = failure

    def __call__(self, events: Sequence[Event], trace: Trace = NO_TRACE) -> None:
        if self.failure:
            raise self.failure
        self.published += [(event, trace) for event in events]
