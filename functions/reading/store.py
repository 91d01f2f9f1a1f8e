"""Readings: what one engine read on one page, kept once in the results bucket and found again by everyone."""

from dataclasses import dataclass
from urllib.parse import quote

from pydantic import ValidationError

from events.errors import InvalidEvent
from events.page import PageRequested, ReadingRef
from functions.reading.reading import Reading
from functions.runtime.storage import Storage, dataref, object_of
from functions.runtime.telemetry.spans import span

_JSON = "application/json"


@dataclass(frozen=True)
class Readings:
    """The readings of a bucket. Methods raise Unavailable."""

    storage: Storage
    bucket: str

    def find(self, request: PageRequested, engine: str, version: str) -> Reading | None:
        """What this version of the engine has read here before, in the same languages."""
        with span("find"):
            return self._get(_key(request, engine, version, request.languages))

    def keep(self, request: PageRequested, reading: Reading) -> Reading:
        """Write it, unless another replica was faster: then return that one's, so that all say the same."""
        key, body = _key(request, reading.engine, reading.engine_version, reading.languages), reading.model_dump_json()
        with span("keep"):
            if self.storage.put_new(self.bucket, key, body.encode(), _JSON):
                return reading
            kept = self._get(key)
        if kept is None:
            # Events refer to this key, so what cannot be understood must not stay there.
            self.storage.put(self.bucket, key, body.encode(), _JSON)
        return kept or reading

    def reference(self, request: PageRequested, reading: Reading) -> ReadingRef:
        """How events refer to a reading that is kept."""
        key = _key(request, reading.engine, reading.engine_version, reading.languages)
        return ReadingRef(
            engine=reading.engine,
            engine_version=reading.engine_version,
            confidence=reading.confidence,
            dataref=dataref(self.bucket, key),
        )

    def behind(self, request: PageRequested, reference: ReadingRef) -> Reading | None:
        """The reading of this very page that an event refers to, as sure as the event says: it is younger.

        Raises InvalidEvent for any other object.
        """
        try:
            key = object_of(reference.dataref, bucket=self.bucket, prefix=_folder(request))
        except ValueError as error:
            raise InvalidEvent("the best reading so far is not one of this page") from error
        kept = self._get(key)
        return kept and kept.model_copy(update={"confidence": reference.confidence})

    def kept(self, request: PageRequested) -> list[Reading]:
        """Every reading of this page in these languages and this run, of whatever engine and version."""
        found = {stored.key: self._get(stored.key) for stored in self.storage.list(self.bucket, _folder(request))}
        return [
            one
            for key, one in found.items()
            if one and key == _key(request, one.engine, one.engine_version, request.languages)
        ]

    def at(self, dataref: str, *, tenant: str) -> Reading | None:
        """The reading that a row refers to; None where there is none of this tenant's."""
        try:
            return self._get(object_of(dataref, bucket=self.bucket, prefix=f"readings/{tenant}/"))
        except ValueError:
            return None

    def _get(self, key: str) -> Reading | None:
        """What cannot be understood is as good as absent: it is read again, and nothing waits for it."""
        body = self.storage.get(self.bucket, key)
        try:
            return Reading.model_validate_json(body) if body is not None else None
        except ValidationError:
            return None


def _folder(request: PageRequested) -> str:
    return f"readings/{request.tenant}/{request.sha256}/{request.page}/"


def _key(request: PageRequested, engine: str, version: str, languages: tuple[str, ...]) -> str:
    # Who asks for a fresh run wants no reading of another.
    run = f"-run{request.run}" if request.run else ""
    return f"{_folder(request)}{engine}-{quote(version, safe='')}-{'+'.join(languages)}{run}.json"
