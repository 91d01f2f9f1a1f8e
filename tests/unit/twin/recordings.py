"""Recordings of a real Knative, from the folder that PAGEBUS_GOLDEN names."""

import base64
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from local.manifests.eventing import KafkaSource
from local.twin.sources.records import Origin, Record

Recording = dict[str, Any]


@cache
def recording(name: str) -> Recording:
    return dict(json.loads((Path(os.environ["PAGEBUS_GOLDEN"]) / f"{name}.json").read_text("utf-8")))


@dataclass(frozen=True)
class Exchange:
    """A record, the source that read it, and the request that it became."""

    what: str
    record: Record
    source: KafkaSource
    received: Recording

    def __str__(self) -> str:
        return f"{self.source.metadata.name}: {self.what}"

    @property
    def origin(self) -> Origin:
        metadata, spec = self.source.metadata, self.source.spec
        return Origin(metadata.name, metadata.namespace, self.source.key_type, spec.ce_overrides.extensions)


def exchanges(name: str) -> Iterator[Exchange]:
    """All that arrived at a plain server, which kept order and case of the headers."""
    whole = recording(name)
    sources = [KafkaSource.model_validate(found["manifest"]) for found in whole["sources"]]
    direct = {source.spec.sink.uri: source for source in sources if source.spec.sink.uri}
    for case in whole["cases"]:
        for received in case["received"]:
            if received["role"] == "main" and received["pod"] == "host" and not _is_cut(case["record"]):
                yield Exchange(case["what"], record(case["record"]), direct[_url(received)], received)


def record(found: Mapping[str, Any]) -> Record:
    headers = tuple((name, _bytes(encoded)) for name, _, encoded in found["headers"])
    key, value = _bytes(found["key_b64"]), _bytes(found["value_b64"])
    return Record(found["topic"], found["partition"], found["offset"], found["timestamp_ms"], key, value, headers)


def _is_cut(found: Mapping[str, Any]) -> bool:
    """Whether it was too long to be kept whole."""
    return "...cut" in (found["value_b64"] or "")


def _url(received: Mapping[str, Any]) -> str:
    host = next(header[1] for header in received["headers"] if header[0].lower() == "host")
    return f"http://{host}{received['target']}"


def _bytes(encoded: str | None) -> bytes | None:
    return None if encoded is None else base64.b64decode(encoded)
