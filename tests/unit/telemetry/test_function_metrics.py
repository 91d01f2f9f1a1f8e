"""Tests of the metrics of functions: events under OpenTelemetry's names, and pages and documents by result."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource

from events.catalogue import PING_TYPE
from events.document import DocumentCompleted
from events.envelope import Envelope
from events.event import Event
from events.examples import EXAMPLES
from events.page import PageFailed, PageRecognized, PageRequested
from functions.engine.serve import count_pages_passed_on
from functions.persistence.metrics import ResultMetrics, count_german_letters
from functions.runtime.app import create_app
from functions.runtime.errors import Unavailable
from functions.runtime.telemetry.replica import Replica
from functions.runtime.telemetry.telemetry import Telemetry
from tests.fakes import PublishRecorder

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
def telemetry(reader: InMemoryMetricReader) -> Telemetry:
    return Telemetry(Replica("tested", 0), Resource({}), (), MeterProvider([reader]))


def load_points(reader: InMemoryMetricReader) -> Points:
    """Return the points by metric: attributes with the sum, or with the count of a histogram."""
    data = reader.get_metrics_data()
    metrics = [m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics] if data else []
    return {metric.name: list(_list_points(metric)) for metric in metrics}


def _list_points(metric: Any) -> Iterator[tuple[dict[str, Any], float]]:
    for point in metric.data.data_points:
        yield dict(point.attributes), point.value if hasattr(point, "value") else point.count


def receive_event(telemetry: Telemetry, *, sent: str | None = None, error: Exception | None = None) -> None:
    def handle(_: Envelope) -> Sequence[Event]:
        if error:
            raise error
        return ()

    app = create_app({"*": handle}, PublishRecorder(), consumes="a.topic", telemetry=telemetry)
    app.test_client().post("/", headers=HEADERS | ({"ce-time": sent} if sent else {}), data="{}")


def test_event_is_counted_with_duration_and_age(telemetry: Telemetry, reader: InMemoryMetricReader) -> None:
    sent = datetime.now(UTC) - timedelta(seconds=7)

    receive_event(telemetry, sent=sent.isoformat())

    points = load_points(reader)
    assert points["faas.invocations"] == [({"faas.trigger": "pubsub"}, 1)]
    attributes = {"messaging.system": "kafka", "messaging.destination.name": "a.topic"}
    assert points["messaging.process.duration"] == [({**attributes, "messaging.operation.name": "process"}, 1)]
    assert points["pagebus.queue.age"] == [(attributes, 1)]
    assert "faas.errors" not in points
    assert "faas.coldstarts" not in points


def test_ping_is_not_counted_as_message(telemetry: Telemetry, reader: InMemoryMetricReader) -> None:
    app = create_app({"*": lambda _: ()}, PublishRecorder(), consumes=PING_TYPE, telemetry=telemetry)
    app.test_client().post("/", headers=HEADERS | {"ce-type": PING_TYPE}, data="")

    points = load_points(reader)
    assert points["faas.invocations"] == [({"faas.trigger": "timer"}, 1)]
    assert not {"pagebus.queue.age", "messaging.process.duration"} & points.keys()


def test_error_is_counted_by_type(telemetry: Telemetry, reader: InMemoryMetricReader) -> None:
    receive_event(telemetry, error=Unavailable("text of a document"))

    points = load_points(reader)
    assert points["faas.errors"] == [({"faas.trigger": "pubsub", "error.type": "Unavailable"}, 1)]
    assert points["messaging.process.duration"][0][0]["error.type"] == "Unavailable"


def test_cold_start_is_counted_once_with_duration(reader: InMemoryMetricReader) -> None:
    created = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 10**9
    cold = Telemetry(Replica("tested", created), Resource({}), (), MeterProvider([reader]))
    cold.replica.mark_ready()

    for _ in range(2):
        receive_event(cold, sent="2025-12-31T23:59:59Z")

    points = load_points(reader)
    assert [value for _, value in points["faas.coldstarts"]] == [1]
    assert [value for _, value in points["faas.init_duration"]] == [1]


def test_sent_messages_are_counted_by_error(telemetry: Telemetry, reader: InMemoryMetricReader) -> None:
    telemetry.start_publishing("a.topic", None).end(None)
    telemetry.start_publishing("a.topic", None).end("_MSG_TIMED_OUT")

    kinds = {
        attributes.get("error.type"): value
        for attributes, value in load_points(reader)["messaging.client.sent.messages"]
    }
    assert kinds == {None: 1, "_MSG_TIMED_OUT": 1}


def test_pages_and_documents_are_counted_by_result(telemetry: Telemetry, reader: InMemoryMetricReader) -> None:
    metrics = ResultMetrics(telemetry)
    for event in (
        RECOGNIZED,
        EXAMPLES[PageFailed.TYPE],
        EXAMPLES[DocumentCompleted.TYPE],
        EXAMPLES[PageRequested.TYPE],
    ):
        metrics.record(event, None)

    points = load_points(reader)
    pages = {tuple(attributes.values()): value for attributes, value in points["pagebus.pages"]}
    assert pages == {("rapidocr", "recognized"): 1, ("tesseract", "damaged_page"): 1}
    assert points["pagebus.documents"] == [({"pagebus.document.state": "completed"}, 1)]
    seconds = {attributes["pagebus.engine"]: value for attributes, value in points["pagebus.engine.seconds"]}
    assert seconds == {"rapidocr": RECOGNIZED.seconds.reading, **RECOGNIZED.seconds.others}
    assert points["pagebus.german.umlauts"] == [({"pagebus.engine": "rapidocr"}, 2)]
    assert [value for _, value in points["pagebus.document.duration"]] == [1]


def test_umlauts_are_counted_only_in_german_text(telemetry: Telemetry, reader: InMemoryMetricReader) -> None:
    ResultMetrics(telemetry).record(RECOGNIZED.model_copy(update={"languages": ("eng",)}), None)

    assert "pagebus.german.letters" not in load_points(reader)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Größe 12 €", (5, 2)), ("a\u0308", (1, 1)), ("STRAẞE Äpfel", (11, 2)), ("", (0, 0)), ("é", (1, 0))],
)
def test_combined_letters_count_as_one(text: str, expected: tuple[int, int]) -> None:
    assert count_german_letters(text) == expected


def test_page_for_next_engine_counts_as_escalation(telemetry: Telemetry, reader: InMemoryMetricReader) -> None:
    request = cast("PageRequested", EXAMPLES[PageRequested.TYPE]).model_copy(update={"route": ("toy",)})
    forwarded = request.forward_to_next_engine(None, why="unsure", now=datetime.now(UTC))
    work = count_pages_passed_on(lambda _: [forwarded], telemetry.meter)

    assert work(request) == [forwarded]

    assert load_points(reader)["pagebus.escalations"] == [
        ({"pagebus.engine": "rapidocr", "pagebus.next_engine": "toy"}, 1)
    ]
