"""Store readings in the results bucket. Each reading is written once, and every function reads it from the bucket.

A key consists of tenant, document hash, page, engine, version and languages. A stored reading is the complete result of
an engine. A redelivered request uses it, so the engine does not read the page again.
"""

from dataclasses import dataclass
from urllib.parse import quote

from pydantic import ValidationError

from events.errors import InvalidEvent
from events.page import PageRequested, ReadingRef
from functions.reading.reading import Reading
from functions.runtime.storage import Storage, make_dataref, parse_dataref
from functions.runtime.telemetry.spans import trace_span

_JSON = "application/json"


@dataclass(frozen=True)
class ReadingStore:
    """The readings in a bucket. All methods that access the bucket raise Unavailable if the store does not answer."""

    storage: Storage
    bucket: str

    def find(self, request: PageRequested, engine: str, version: str) -> Reading | None:
        """Return the stored reading of the requested page by this engine version, or None."""
        with trace_span("find reading"):
            return self._get(_build_key(request, engine, version, request.languages))

    def save_if_absent(self, request: PageRequested, reading: Reading) -> Reading:
        """Save the reading unless another replica has saved one under the same key. Return the stored reading.

        Publish only the returned reading, so that all replicas publish the same reading.
        """
        key = _build_key(request, reading.engine, reading.engine_version, reading.languages)
        body = reading.model_dump_json().encode()
        with trace_span("save reading"):
            if self.storage.put_if_absent(self.bucket, key, body, _JSON):
                return reading
            stored = self._get(key)
        if stored is None:
            # Events will refer to this key, so an invalid object there must be replaced.
            self.storage.put(self.bucket, key, body, _JSON)
        return stored or reading

    def make_reference(self, request: PageRequested, reading: Reading) -> ReadingRef:
        """Return the reference to a stored reading, for use in events."""
        key = _build_key(request, reading.engine, reading.engine_version, reading.languages)
        return ReadingRef(
            engine=reading.engine,
            engine_version=reading.engine_version,
            confidence=reading.confidence,
            dataref=make_dataref(self.bucket, key),
        )

    def load_ref(self, request: PageRequested, reference: ReadingRef) -> Reading | None:
        """Return the reading of the requested page that an event refers to, or None if it does not exist.

        The result has the confidence of the reference, which can come from a newer calibration. Raise InvalidEvent
        if the reference is to any other object.
        """
        try:
            key = parse_dataref(reference.dataref, bucket=self.bucket, prefix=_build_prefix(request))
        except ValueError as error:
            raise InvalidEvent("the best reading so far is not a reading of the requested page") from error
        stored = self._get(key)
        return stored and stored.model_copy(update={"confidence": reference.confidence})

    def list_readings(self, request: PageRequested) -> list[Reading]:
        """Return all readings of the requested page, languages and run, by any engine and version."""
        objects = self.storage.list_objects(self.bucket, _build_prefix(request))
        readings = {stored.key: self._get(stored.key) for stored in objects}
        return [
            reading
            for key, reading in readings.items()
            if reading and key == _build_key(request, reading.engine, reading.engine_version, request.languages)
        ]

    def load(self, dataref: str, *, tenant: str) -> Reading | None:
        """Return the reading at `dataref`, or None if it does not exist or belongs to another tenant."""
        try:
            return self._get(parse_dataref(dataref, bucket=self.bucket, prefix=f"readings/{tenant}/"))
        except ValueError:
            return None

    def _get(self, key: str) -> Reading | None:
        """Return the reading, or None if it is absent or invalid. The next save replaces an invalid reading."""
        body = self.storage.get(self.bucket, key)
        try:
            return Reading.model_validate_json(body) if body is not None else None
        except ValidationError:
            return None


def _build_prefix(request: PageRequested) -> str:
    return f"readings/{request.tenant}/{request.sha256}/{request.page}/"


def _build_key(request: PageRequested, engine: str, version: str, languages: tuple[str, ...]) -> str:
    # A user who requests another run wants new readings, so each run has its own keys.
    run = f"-run{request.run}" if request.run else ""
    return f"{_build_prefix(request)}{engine}-{quote(version, safe='')}-{'+'.join(languages)}{run}.json"
