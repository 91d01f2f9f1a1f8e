"""Each request to a KafkaSink of the recordings, and the record that it became there."""

import base64
import re
from collections.abc import Iterator

import pytest

from local.twin.sources.cloudevent import NoCloudEventError
from local.twin.sources.records import Request
from local.twin.sources.sink import Produced, produced
from tests.unit.twin.recordings import Recording, recording

_MODES = {"g08bin": "binary", "g08str": "structured"}
_TOPICS = {"g08bin": "topic_binary", "g08str": "topic_structured"}
_ACCEPTED, _BAD_REQUEST = 202, 400
_SPAN = re.compile(r"^(00-\w{32})-\w{16}")


def _asked() -> list[Recording]:
    found = [one for one in recording("08-kafkasink")["http"] if "request_headers" in one]
    return [one for one in found if _is_whole(one["request_body_b64"])]


def _is_whole(encoded: str | None) -> bool:
    """Whether it was short enough to be kept."""
    return not (encoded or "").endswith(" bytes")


def _made(one: Recording) -> Produced:
    request = Request(tuple(one["request_headers"].items()), base64.b64decode(one["request_body_b64"]))
    return produced(request, _MODES[one["sink"]])


@pytest.mark.parametrize("one", _asked(), ids=lambda one: f"{one['sink']}: {one['what']}")
def test_a_request_is_accepted_or_refused_as_was_recorded(one: Recording) -> None:
    if one["answer"]["status"] == _BAD_REQUEST:
        with pytest.raises(NoCloudEventError):
            _made(one)
    else:
        _made(one)


@pytest.mark.parametrize("sink", _MODES)
def test_what_was_accepted_became_the_records_that_were_recorded(sink: str) -> None:
    accepted = [one for one in _asked() if one["sink"] == sink and one["answer"]["status"] == _ACCEPTED]
    recorded = [one for one in recording("08-kafkasink")[_TOPICS[sink]] if _is_whole(one["value_b64"])]
    assert [_told(_made(one)) for one in accepted] == [_kept(one) for one in recorded]


def _told(made: Produced) -> tuple[str | None, bytes | None, list[tuple[str, str]]]:
    return made.key, made.value, list(_spanless((name, str(value)) for name, value in made.headers))


def _kept(one: Recording) -> tuple[str | None, bytes | None, list[tuple[str, str]]]:
    value = None if one["value_b64"] is None else base64.b64decode(one["value_b64"])
    return one["key"] or None, value, list(_spanless((name, text) for name, text, _ in one["headers"]))


def _spanless(headers: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    yield from ((name, _SPAN.sub(r"\1", value) if name == "traceparent" else value) for name, value in headers)
