"""Recorded requests to KafkaSinks, and their records."""

import base64
import re
from collections.abc import Iterator

import pytest

from local.twin.sources.cloudevent import InvalidCloudEventError
from local.twin.sources.records import DeliveryRequest
from local.twin.sources.sink import SinkRecord, build_record
from tests.parity.golden import Recording, load_recording

_MODES = {"g08bin": "binary", "g08str": "structured"}
_TOPICS = {"g08bin": "topic_binary", "g08str": "topic_structured"}
_ACCEPTED, _BAD_REQUEST = 202, 400
_SPAN = re.compile(r"^(00-\w{32})-\w{16}")


def _load_requests() -> list[Recording]:
    found = [one for one in load_recording("08-kafkasink")["http"] if "request_headers" in one]
    return [one for one in found if _is_complete(one["request_body_b64"])]


def _is_complete(encoded: str | None) -> bool:
    """Return whether the recording is complete."""
    return not (encoded or "").endswith(" bytes")


def _build(one: Recording) -> SinkRecord:
    request = DeliveryRequest(tuple(one["request_headers"].items()), base64.b64decode(one["request_body_b64"]))
    return build_record(request, _MODES[one["sink"]])


@pytest.mark.parametrize("one", _load_requests(), ids=lambda one: f"{one['sink']}: {one['what']}")
def test_request_is_accepted_or_refused_as_recorded(one: Recording) -> None:
    if one["answer"]["status"] == _BAD_REQUEST:
        with pytest.raises(InvalidCloudEventError):
            _build(one)
    else:
        _build(one)


@pytest.mark.parametrize("sink", _MODES)
def test_accepted_requests_become_the_recorded_records(sink: str) -> None:
    accepted = [one for one in _load_requests() if one["sink"] == sink and one["answer"]["status"] == _ACCEPTED]
    recorded = [one for one in load_recording("08-kafkasink")[_TOPICS[sink]] if _is_complete(one["value_b64"])]
    assert [_normalize_built(_build(one)) for one in accepted] == [_normalize_recorded(one) for one in recorded]


def _normalize_built(made: SinkRecord) -> tuple[str | None, bytes | None, list[tuple[str, str]]]:
    return made.key, made.value, list(_drop_spans((name, str(value)) for name, value in made.headers))


def _normalize_recorded(one: Recording) -> tuple[str | None, bytes | None, list[tuple[str, str]]]:
    value = None if one["value_b64"] is None else base64.b64decode(one["value_b64"])
    return one["key"] or None, value, list(_drop_spans((name, text) for name, text, _ in one["headers"]))


def _drop_spans(headers: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    yield from ((name, _SPAN.sub(r"\1", value) if name == "traceparent" else value) for name, value in headers)
