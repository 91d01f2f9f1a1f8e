"""Recordings of a real Knative as records, sources and requests."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.manifests.eventing import KafkaSource
from local.twin.sources.records import Record, SourceIdentity
from tests.parity.golden import Recording, load_recording


@dataclass(frozen=True)
class Exchange:
    """A record, its source, and the recorded request."""

    what: str
    record: Record
    source: KafkaSource
    received: Recording

    def __str__(self) -> str:
        return f"{self.source.metadata.name}: {self.what}"

    @property
    def identity(self) -> SourceIdentity:
        metadata, spec = self.source.metadata, self.source.spec
        return SourceIdentity(metadata.name, metadata.namespace, self.source.key_type, spec.ce_overrides.extensions)


def load_exchanges(name: str) -> Iterator[Exchange]:
    """Yield the exchanges with a plain server, which recorded headers with their order and case."""
    whole = load_recording(name)
    sources = [KafkaSource.model_validate(found["manifest"]) for found in whole["sources"]]
    direct = {source.spec.sink.uri: source for source in sources if source.spec.sink.uri}
    for case in whole["cases"]:
        for received in case["received"]:
            if received["role"] == "main" and received["pod"] == "host" and not _is_cut(case["record"]):
                yield Exchange(case["what"], build_record(case["record"]), direct[_get_url(received)], received)


def build_record(found: Mapping[str, Any]) -> Record:
    headers = tuple((name, _decode(encoded)) for name, _, encoded in found["headers"])
    key, value = _decode(found["key_b64"]), _decode(found["value_b64"])
    return Record(found["topic"], found["partition"], found["offset"], found["timestamp_ms"], key, value, headers)


def _is_cut(found: Mapping[str, Any]) -> bool:
    """Return whether the recording is truncated."""
    return "...cut" in (found["value_b64"] or "")


def _get_url(received: Mapping[str, Any]) -> str:
    host = next(header[1] for header in received["headers"] if header[0].lower() == "host")
    return f"http://{host}{received['target']}"


def _decode(encoded: str | None) -> bytes | None:
    return None if encoded is None else base64.b64decode(encoded)
