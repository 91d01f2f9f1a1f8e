"""The status code is the API between a function and its source."""

import errno
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest
import structlog
from flask.testing import FlaskClient

from events.document import DocumentUploaded
from events.envelope import Envelope
from events.event import Event
from events.page import PageRequested
from functions.runtime.app import Handler, add_watch, application, on
from functions.runtime.errors import Unavailable
from functions.runtime.trace import Trace
from functions.runtime.watchdog import Watchdog
from tests.fakes import Recorder, telemetry

UPLOADED = DocumentUploaded(bucket="b", key="in/acme/a.pdf")
HEADERS = {
    "ce-specversion": "1.0",
    "ce-id": "1",
    "ce-source": "/somebody",
    "ce-type": DocumentUploaded.TYPE,
    "content-type": "application/json",
}
BODY = UPLOADED.model_dump_json().encode()


def client(handlers: dict[str, Handler] | None = None, publish: Recorder | None = None) -> FlaskClient:
    handlers = handlers if handlers is not None else dict([on(DocumentUploaded, lambda event: [event])])
    return application(handlers, publish or Recorder(), consumes="a.topic", telemetry=telemetry()).test_client()


def raising(error: Exception) -> Handler:
    def handle(_: Envelope) -> Sequence[Event]:
        raise error

    return handle


def test_a_handled_event_answers_204_after_its_events_are_published() -> None:
    bus = Recorder()

    answer = client(publish=bus).post("/", headers=HEADERS, data=BODY)

    assert answer.status_code == 204
    assert [event for event, _ in bus.said] == [UPLOADED]


def test_a_structured_event_is_understood_too() -> None:
    bus = Recorder()
    attributes = {"specversion": "1.0", "id": "1", "source": "/s", "type": DocumentUploaded.TYPE}
    event = json.dumps(attributes | {"data": json.loads(BODY)})

    answer = client(publish=bus).post("/", headers={"content-type": "application/cloudevents+json"}, data=event)

    assert answer.status_code == 204
    assert len(bus.said) == 1


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, BODY),
        (HEADERS, b"not JSON"),
        (HEADERS, b'{"bucket": "b"}'),
        (HEADERS | {"ce-type": "com.example.unknown"}, BODY),
        ({"content-type": "application/cloudevents+json"}, b"{"),
    ],
    ids=["no CloudEvent", "no JSON", "wrong shape", "unknown type", "broken structured"],
)
def test_an_unusable_event_answers_422_so_that_it_is_dead_lettered_at_once(
    headers: dict[str, str], body: bytes
) -> None:
    answer = client().post("/", headers=headers, data=body)

    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.json
    assert "in/acme" not in answer.json["detail"]


def test_an_event_of_ours_that_is_somebody_elses_business_answers_204() -> None:
    answer = client().post("/", headers=HEADERS | {"ce-type": PageRequested.TYPE}, data=b"{}")

    assert answer.status_code == 204


def test_a_dependency_that_is_down_answers_503_so_that_the_source_tries_again() -> None:
    handlers = {DocumentUploaded.TYPE: raising(Unavailable("PostgreSQL does not answer"))}

    assert client(handlers).post("/", headers=HEADERS, data=BODY).status_code == 503


@pytest.mark.parametrize(("code", "status"), [(errno.ENOSPC, 503), (errno.EDQUOT, 503), (errno.EACCES, 500)])
def test_a_full_disk_answers_503_and_any_other_trouble_with_files_is_a_defect(code: int, status: int) -> None:
    handlers = {DocumentUploaded.TYPE: raising(OSError(code, os.strerror(code), "a secret name"))}

    answer = client(handlers).post("/", headers=HEADERS, data=BODY)

    assert answer.status_code == status
    assert b"secret" not in answer.data


def test_events_that_kafka_does_not_acknowledge_answer_503() -> None:
    bus = Recorder(Unavailable("Kafka did not acknowledge"))

    assert client(publish=bus).post("/", headers=HEADERS, data=BODY).status_code == 503


def test_a_defect_answers_500_and_shows_nothing_of_itself() -> None:
    handlers = {DocumentUploaded.TYPE: raising(RuntimeError("the text of a document"))}

    answer = client(handlers).post("/", headers=HEADERS, data=BODY)

    assert answer.status_code == 500
    assert b"document" not in answer.data
    assert b"Traceback" not in answer.data


def test_a_pattern_takes_what_no_exact_type_before_it_took() -> None:
    seen: list[str] = []
    handlers: dict[str, Handler] = {
        "com.example.exact": lambda _: (),
        "com.example.*": lambda envelope: seen.append(envelope.type) or (),  # type: ignore[func-returns-value]  # its None becomes the answer
    }

    for kind in ("com.example.exact", "com.example.other"):
        client(handlers).post("/", headers=HEADERS | {"ce-type": kind}, data=BODY)

    assert seen == ["com.example.other"]


@pytest.mark.parametrize(("kind", "status"), [("com.example.secret", 204), ("io.pagebus.secret", 204), ("secret", 422)])
def test_a_strangers_type_is_in_no_log(kind: str, status: int) -> None:
    with structlog.testing.capture_logs() as logged:
        answer = client({"com.example.*": lambda _: ()}).post("/", headers=HEADERS | {"ce-type": kind}, data=BODY)

    assert answer.status_code == status
    assert len(logged) == 1
    assert "secret" not in json.dumps(logged)


def test_the_starting_trace_and_the_hop_are_handed_on() -> None:
    bus = Recorder()
    origin, hop = f"00-{'a' * 32}-{'b' * 16}-01", f"00-{'a' * 32}-{'c' * 16}-01"

    client(publish=bus).post("/", headers=HEADERS | {"ce-traceparent": origin, "traceparent": hop}, data=BODY)

    assert bus.said[0][1] == Trace(origin, hop)


@pytest.mark.parametrize("probe", ["live", "ready"])
def test_a_replica_stays_while_what_it_needs_is_down(probe: str) -> None:
    replica = client({DocumentUploaded.TYPE: raising(Unavailable("PostgreSQL does not answer"))})

    assert replica.post("/", headers=HEADERS, data=BODY).status_code == 503
    assert replica.get(f"/health/{probe}").status_code == 204


class Attentive(Watchdog):
    """Says whether it watches."""

    watches = False

    @contextmanager
    def watching(self) -> Iterator[None]:
        self.watches = True
        with super().watching():
            yield
        self.watches = False


def test_a_handler_is_watched_and_a_sender_that_takes_its_time_is_not() -> None:
    watchdog = Attentive(60)
    watched: list[tuple[str, bool]] = []

    class Body(BytesIO):
        def readinto(self, buffer: Any) -> int:
            watched.append(("body", watchdog.watches))
            return super().readinto(buffer)

    def handle(_: Envelope) -> Sequence[Event]:
        watched.append(("handler", watchdog.watches))
        return ()

    app = application({"*": handle}, Recorder(), consumes="a.topic", telemetry=telemetry())
    add_watch(app, watchdog)
    app.test_client().post("/", headers=HEADERS, input_stream=Body(BODY), content_length=len(BODY))

    assert set(watched) == {("body", False), ("handler", True)}
    assert not watchdog.watches


def test_a_request_that_outlives_its_deadline_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr("os._exit", ended.append)

    with Watchdog(0.05).watching():
        until = time.monotonic() + 5
        while not ended and time.monotonic() < until:
            time.sleep(0.01)

    assert 70 in ended


def test_a_stuck_process_ends_whatever_its_last_words_do(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr("os._exit", ended.append)
    monkeypatch.setattr("functions.runtime.watchdog._WORDS_SECONDS", 0.05)

    with Watchdog(0.05, last_words=lambda: time.sleep(60)).watching():
        until = time.monotonic() + 5
        while not ended and time.monotonic() < until:
            time.sleep(0.01)

    assert 70 in ended
