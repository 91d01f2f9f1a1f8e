"""What functions count: events by OpenTelemetry's names, pages and documents once, by how they fared."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource

from events.catalogue import PING
from events.document import DocumentCompleted
from events.envelope import Envelope
from events.event import Event
from events.examples import EXAMPLES
from events.page import PageFailed, PageRecognized, PageRequested
from functions.engine.escalations import counted
from functions.persistence.telling import Counts, german, told
from functions.runtime.app import application
from functions.runtime.errors import Unavailable
from functions.runtime.telemetry.replica import Replica
from functions.runtime.telemetry.telemetry import Telemetry
from tests.fakes import Recorder

Points = dict[str, list[tuple[dict[str, Any], float]]]
RECOGNIZED = cast("PageRecognized", EXAMPLES[PageRecognized.TYPE])
HEADERS = {
    "ce-specversion": "1.0",
    "ce-id": "1",
    "ce-source": "/pagebus/intake",
    "ce-type": PageRequested.TYPE,
    "content-type": "application/json",
}


@pytest.fixture
def reader() -> InMemoryMetricReader:
    return InMemoryMetricReader()


@pytest.fixture
def heard(reader: InMemoryMetricReader) -> Telemetry:
    return Telemetry(Replica("tested", 0), Resource({}), (), MeterProvider([reader]))


def counts(reader: InMemoryMetricReader) -> Points:
    """By name: attributes with the sum, or how often a histogram was recorded."""
    data = reader.get_metrics_data()
    metrics = [m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics] if data else []
    return {metric.name: list(_points(metric)) for metric in metrics}


def _points(metric: Any) -> Iterator[tuple[dict[str, Any], float]]:
    for point in metric.data.data_points:
        yield dict(point.attributes), point.value if hasattr(point, "value") else point.count


def received(heard: Telemetry, *, sent: str | None = None, error: Exception | None = None) -> None:
    def handle(_: Envelope) -> Sequence[Event]:
        if error:
            raise error
        return ()

    app = application({"*": handle}, Recorder(), consumes="a.topic", telemetry=heard)
    app.test_client().post("/", headers=HEADERS | ({"ce-time": sent} if sent else {}), data="{}")


def test_an_event_is_counted_with_how_long_it_took_and_how_old_it_was(
    heard: Telemetry, reader: InMemoryMetricReader
) -> None:
    sent = datetime.now(UTC) - timedelta(seconds=7)

    received(heard, sent=sent.isoformat())

    found = counts(reader)
    assert found["faas.invocations"] == [({"faas.trigger": "pubsub"}, 1)]
    where = {"messaging.system": "kafka", "messaging.destination.name": "a.topic"}
    assert found["messaging.process.duration"] == [({**where, "messaging.operation.name": "process"}, 1)]
    assert found["pagebus.queue.age"] == [(where, 1)]
    assert "faas.errors" not in found
    assert "faas.coldstarts" not in found


def test_a_clocks_call_is_no_message(heard: Telemetry, reader: InMemoryMetricReader) -> None:
    app = application({"*": lambda _: ()}, Recorder(), consumes=PING, telemetry=heard)
    app.test_client().post("/", headers=HEADERS | {"ce-type": PING}, data="")

    found = counts(reader)
    assert found["faas.invocations"] == [({"faas.trigger": "timer"}, 1)]
    assert not {"pagebus.queue.age", "messaging.process.duration"} & found.keys()


def test_an_error_is_counted_by_its_kind(heard: Telemetry, reader: InMemoryMetricReader) -> None:
    received(heard, error=Unavailable("the words of a document"))

    found = counts(reader)
    assert found["faas.errors"] == [({"faas.trigger": "pubsub", "error.type": "Unavailable"}, 1)]
    assert found["messaging.process.duration"][0][0]["error.type"] == "Unavailable"


def test_a_cold_start_is_counted_once_with_how_long_it_took(reader: InMemoryMetricReader) -> None:
    created = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 10**9
    cold = Telemetry(Replica("tested", created), Resource({}), (), MeterProvider([reader]))
    cold.replica.became_ready()

    for _ in range(2):
        received(cold, sent="2025-12-31T23:59:59Z")

    found = counts(reader)
    assert [value for _, value in found["faas.coldstarts"]] == [1]
    assert [value for _, value in found["faas.init_duration"]] == [1]


def test_what_is_sent_is_counted_by_topic_and_by_why_it_was_not(heard: Telemetry, reader: InMemoryMetricReader) -> None:
    heard.sending("a.topic", None).done(None)
    heard.sending("a.topic", None).done("_MSG_TIMED_OUT")

    kinds = {
        attributes.get("error.type"): value for attributes, value in counts(reader)["messaging.client.sent.messages"]
    }
    assert kinds == {None: 1, "_MSG_TIMED_OUT": 1}


def test_pages_and_documents_are_counted_by_how_they_fared(heard: Telemetry, reader: InMemoryMetricReader) -> None:
    tell = partial(told, origin=None, telemetry=heard, counts=Counts(heard.meter))
    for fact in (RECOGNIZED, EXAMPLES[PageFailed.TYPE], EXAMPLES[DocumentCompleted.TYPE], EXAMPLES[PageRequested.TYPE]):
        tell(fact)

    found = counts(reader)
    pages = {tuple(attributes.values()): value for attributes, value in found["pagebus.pages"]}
    assert pages == {("rapidocr", "recognized"): 1, ("tesseract", "damaged_page"): 1}
    assert found["pagebus.documents"] == [({"pagebus.document.state": "completed"}, 1)]
    seconds = {attributes["pagebus.engine"]: value for attributes, value in found["pagebus.engine.seconds"]}
    assert seconds == {"rapidocr": RECOGNIZED.seconds.reading, **RECOGNIZED.seconds.others}
    assert found["pagebus.german.umlauts"] == [({"pagebus.engine": "rapidocr"}, 2)]
    assert [value for _, value in found["pagebus.document.duration"]] == [1]


def test_umlauts_are_watched_in_german_text_only(heard: Telemetry, reader: InMemoryMetricReader) -> None:
    Counts(heard.meter).recognized(RECOGNIZED.model_copy(update={"languages": ("eng",)}))

    assert "pagebus.german.letters" not in counts(reader)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Größe 12 €", (5, 2)), ("a\u0308", (1, 1)), ("STRAẞE Äpfel", (11, 2)), ("", (0, 0)), ("é", (1, 0))],
)
def test_letters_are_counted_as_they_are_read(text: str, expected: tuple[int, int]) -> None:
    assert german(text) == expected


def test_a_page_that_goes_on_to_another_engine_is_an_escalation(heard: Telemetry, reader: InMemoryMetricReader) -> None:
    request = cast("PageRequested", EXAMPLES[PageRequested.TYPE]).model_copy(update={"route": ("toy",)})
    onward = request.passed_on(None, why="unsure", now=datetime.now(UTC))
    work = counted(lambda _: [onward], heard.meter)

    assert work(request) == [onward]

    assert counts(reader)["pagebus.escalations"] == [({"pagebus.engine": "rapidocr", "pagebus.next_engine": "toy"}, 1)]
