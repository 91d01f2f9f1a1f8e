"""HTTP status codes of functions: the API between a function and its Knative source."""

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
from functions.runtime.app import Handler, add_watchdog, bind_handler, create_app
from functions.runtime.errors import Unavailable
from functions.runtime.trace import Trace
from functions.runtime.watchdog import Watchdog
from tests.fakes import PublishRecorder, create_telemetry

UPLOADED = DocumentUploaded(bucket="b", key="in/acme/a.pdf")
HEADERS = {
    "ce-specversion": "1.0",
    "ce-id": "1",
    "ce-source": "/client",
    "ce-type": DocumentUploaded.TYPE,
    "content-type": "application/json",
}
BODY = UPLOADED.model_dump_json().encode()


def create_client(handlers: dict[str, Handler] | None = None, publish: PublishRecorder | None = None) -> FlaskClient:
    handlers = handlers if handlers is not None else dict([bind_handler(DocumentUploaded, lambda event: [event])])
    return create_app(
        handlers, publish or PublishRecorder(), consumes="a.topic", telemetry=create_telemetry()
    ).test_client()


def raise_in_handler(error: Exception) -> Handler:
    def handle(_: Envelope) -> Sequence[Event]:
        raise error

    return handle


def test_handled_event_gets_204_after_publishing() -> None:
    bus = PublishRecorder()

    answer = create_client(publish=bus).post("/", headers=HEADERS, data=BODY)

    assert answer.status_code == 204
    assert [event for event, _ in bus.published] == [UPLOADED]


def test_structured_event_is_handled() -> None:
    bus = PublishRecorder()
    attributes = {"specversion": "1.0", "id": "1", "source": "/s", "type": DocumentUploaded.TYPE}
    event = json.dumps(attributes | {"data": json.loads(BODY)})

    answer = create_client(publish=bus).post("/", headers={"content-type": "application/cloudevents+json"}, data=event)

    assert answer.status_code == 204
    assert len(bus.published) == 1


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
def test_unusable_event_gets_422(headers: dict[str, str], body: bytes) -> None:
    answer = create_client().post("/", headers=headers, data=body)

    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.json
    assert "in/acme" not in answer.json["detail"]


def test_pagebus_event_of_other_function_gets_204() -> None:
    answer = create_client().post("/", headers=HEADERS | {"ce-type": PageRequested.TYPE}, data=b"{}")

    assert answer.status_code == 204


def test_unavailable_dependency_gets_503() -> None:
    handlers = {DocumentUploaded.TYPE: raise_in_handler(Unavailable("PostgreSQL does not answer"))}

    assert create_client(handlers).post("/", headers=HEADERS, data=BODY).status_code == 503


@pytest.mark.parametrize(("code", "status"), [(errno.ENOSPC, 503), (errno.EDQUOT, 503), (errno.EACCES, 500)])
def test_full_disk_gets_503_and_other_os_error_500(code: int, status: int) -> None:
    handlers = {DocumentUploaded.TYPE: raise_in_handler(OSError(code, os.strerror(code), "a secret name"))}

    answer = create_client(handlers).post("/", headers=HEADERS, data=BODY)

    assert answer.status_code == status
    assert b"secret" not in answer.data


def test_unacknowledged_events_get_503() -> None:
    bus = PublishRecorder(Unavailable("Kafka did not acknowledge"))

    assert create_client(publish=bus).post("/", headers=HEADERS, data=BODY).status_code == 503


def test_bug_gets_500_without_private_text() -> None:
    handlers = {DocumentUploaded.TYPE: raise_in_handler(RuntimeError("the text of a document"))}

    answer = create_client(handlers).post("/", headers=HEADERS, data=BODY)

    assert answer.status_code == 500
    assert b"document" not in answer.data
    assert b"Traceback" not in answer.data


def test_pattern_handles_types_without_earlier_match() -> None:
    seen: list[str] = []
    handlers: dict[str, Handler] = {
        "com.example.exact": lambda _: (),
        "com.example.*": lambda envelope: seen.append(envelope.type) or (),  # type: ignore[func-returns-value]  # append returns None
    }

    for kind in ("com.example.exact", "com.example.other"):
        create_client(handlers).post("/", headers=HEADERS | {"ce-type": kind}, data=BODY)

    assert seen == ["com.example.other"]


@pytest.mark.parametrize(("kind", "status"), [("com.example.secret", 204), ("io.pagebus.secret", 204), ("secret", 422)])
def test_type_of_other_system_is_not_logged(kind: str, status: int) -> None:
    with structlog.testing.capture_logs() as logged:
        answer = create_client({"com.example.*": lambda _: ()}).post(
            "/", headers=HEADERS | {"ce-type": kind}, data=BODY
        )

    assert answer.status_code == status
    assert len(logged) == 1
    assert "secret" not in json.dumps(logged)


def test_origin_and_hop_are_passed_to_publish() -> None:
    bus = PublishRecorder()
    origin, hop = f"00-{'a' * 32}-{'b' * 16}-01", f"00-{'a' * 32}-{'c' * 16}-01"

    create_client(publish=bus).post("/", headers=HEADERS | {"ce-traceparent": origin, "traceparent": hop}, data=BODY)

    assert bus.published[0][1] == Trace(origin, hop)


@pytest.mark.parametrize("probe", ["live", "ready"])
def test_replica_is_ready_while_dependency_is_down(probe: str) -> None:
    replica = create_client({DocumentUploaded.TYPE: raise_in_handler(Unavailable("PostgreSQL does not answer"))})

    assert replica.post("/", headers=HEADERS, data=BODY).status_code == 503
    assert replica.get(f"/health/{probe}").status_code == 204


class RecordingWatchdog(Watchdog):
    """A watchdog that shows whether a request is measured."""

    is_watching = False

    @contextmanager
    def watch(self) -> Iterator[None]:
        self.is_watching = True
        with super().watch():
            yield
        self.is_watching = False


def test_watchdog_measures_handler_but_not_sender() -> None:
    watchdog = RecordingWatchdog(60)
    phases: list[tuple[str, bool]] = []

    class Body(BytesIO):
        def readinto(self, buffer: Any) -> int:
            phases.append(("body", watchdog.is_watching))
            return super().readinto(buffer)

    def handle(_: Envelope) -> Sequence[Event]:
        phases.append(("handler", watchdog.is_watching))
        return ()

    app = create_app({"*": handle}, PublishRecorder(), consumes="a.topic", telemetry=create_telemetry())
    add_watchdog(app, watchdog)
    app.test_client().post("/", headers=HEADERS, input_stream=Body(BODY), content_length=len(BODY))

    assert set(phases) == {("body", False), ("handler", True)}
    assert not watchdog.is_watching


def test_request_beyond_deadline_ends_process(monkeypatch: pytest.MonkeyPatch) -> None:
    exit_codes: list[int] = []
    monkeypatch.setattr("os._exit", exit_codes.append)

    with Watchdog(0.05).watch():
        deadline = time.monotonic() + 5
        while not exit_codes and time.monotonic() < deadline:
            time.sleep(0.01)

    assert 70 in exit_codes


def test_stalled_report_does_not_stop_end_of_process(monkeypatch: pytest.MonkeyPatch) -> None:
    exit_codes: list[int] = []
    monkeypatch.setattr("os._exit", exit_codes.append)
    monkeypatch.setattr("functions.runtime.watchdog._REPORT_SECONDS", 0.05)

    with Watchdog(0.05, report=lambda: time.sleep(60)).watch():
        deadline = time.monotonic() + 5
        while not exit_codes and time.monotonic() < deadline:
            time.sleep(0.01)

    assert 70 in exit_codes
