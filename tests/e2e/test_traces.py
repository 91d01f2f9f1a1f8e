"""Tests that a document has one trace from its upload to its row, without gaps and without spans that lack a parent."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import Message

from local.telemetry.activities import Activity, classify_span
from local.telemetry.critical_path import find_critical_path
from local.telemetry.span import Span
from local.telemetry.traces import load_trace
from tests.kit import SAMPLES, PagebusStack, get_header, parse_body, run_stack, wait_for

SAMPLE_NAMES = ("brief.png", "brief-schief.jpg", "rechnung.pdf", "gemischt.pdf", "fax.tif")
INTERNAL = ("pagebus.outcomes", "pagebus.pages.tesseract", "pagebus.pages.tesseract.bulk", "pagebus.assemblies")
Row = dict[str, Any]


@pytest.fixture(scope="module")
def stack_at_zero(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PagebusStack, Sequence[Row]]]:
    """Return a stack with zero replicas after ten documents of several kinds, and the rows of these documents."""
    with run_stack(tmp_path_factory.mktemp("traces"), "real") as bus:
        keys = [f"in/acme/{uuid4()}/{name}" for name in SAMPLE_NAMES * 2]
        rows = []
        for key in keys:
            bus.upload(key, (SAMPLES / key.rpartition("/")[2]).read_bytes() + uuid4().bytes)
            rows.append(dict(bus.wait_for_end(key)))
        wait_for(
            lambda: not any(function["ready"] for function in bus.get_state()["functions"]),
            within=180,
            what="zero replicas",
        )
        yield bus, rows


def load_spans(bus: PagebusStack, row: Row) -> list[Span]:
    return load_trace(bus.home / "telemetry", row["document"].hex)


def test_every_document_has_its_own_trace(stack_at_zero: tuple[PagebusStack, Sequence[Row]]) -> None:
    bus, rows = stack_at_zero
    for row in rows:
        spans = load_spans(bus, row)
        assert {span.trace_id for span in spans} == {row["document"].hex}
        assert [span.name for span in spans].count("document") == 1
        about = {span.attributes.get("pagebus.document") for span in spans} - {None}
        assert about == {str(row["document"])}


def test_only_document_span_has_no_parent(stack_at_zero: tuple[PagebusStack, Sequence[Row]]) -> None:
    bus, rows = stack_at_zero
    for row in rows:
        spans = load_spans(bus, row)
        span_ids = {span.span_id for span in spans}
        assert [span.name for span in spans if span.parent_id not in span_ids] == ["document"]


def test_trace_has_all_spans_of_every_record(
    stack_at_zero: tuple[PagebusStack, Sequence[Row]],
) -> None:
    bus, rows = stack_at_zero
    for row in rows:
        children = group_by_parent(load_spans(bus, row))
        for topic in INTERNAL:
            for record in bus.read_document_records(topic, row["document"]):
                base_topic = topic.removesuffix(".bulk")
                assert collect_span_names(record, children) == [f"receive {topic}", "POST", f"process {base_topic}"]


def test_handling_spans_are_process_spans(stack_at_zero: tuple[PagebusStack, Sequence[Row]]) -> None:
    bus, rows = stack_at_zero
    names = {span.name for row in rows for span in load_spans(bus, row) if classify_span(span) is Activity.HANDLING}
    assert {name.partition(" ")[0] for name in names} == {"process"}


def test_critical_path_covers_time_of_document(stack_at_zero: tuple[PagebusStack, Sequence[Row]]) -> None:
    bus, rows = stack_at_zero
    notifications = {
        parse_body(record)["Records"][0]["s3"]["object"]["key"]: record for record in read_notifications(bus)
    }
    for row in rows:
        explained = sum(segment.seconds for segment in find_critical_path(load_spans(bus, row)))
        [end] = [r for r in bus.read_document_records("pagebus.documents", row["document"]) if is_completion(r)]
        # Kafka's timestamps are independent of spans: from the store's notification to the completion event.
        seconds = (end.timestamp()[1] - notifications[row["key"]].timestamp()[1]) / 1000
        # Timestamps have whole milliseconds, and the event follows the commit. A few milliseconds are no gap.
        assert explained == pytest.approx(seconds, rel=0.05, abs=0.01), row["key"]


def test_trace_has_replica_starts(stack_at_zero: tuple[PagebusStack, Sequence[Row]]) -> None:
    bus, _ = stack_at_zero
    key = f"in/acme/{uuid4()}.png"
    bus.upload(key, (SAMPLES / "brief.png").read_bytes() + uuid4().bytes)
    row = bus.wait_for_end(key)
    names = wait_for(lambda: find_start_spans(load_spans(bus, row)), what="the spans of replica starts")
    assert {"start intake", "start tesseract", "start persistence", "start assembly"} <= names


def read_notifications(bus: PagebusStack) -> list[Message]:
    return [record for record in bus.read_records("pagebus.uploads") if "Records" in parse_body(record)]


def is_completion(record: Message) -> bool:
    return (get_header(record, "ce_type") or "").endswith("completed.v1")


def find_start_spans(spans: Sequence[Span]) -> set[str]:
    """Return the names of all spans if the trace is complete, or an empty set."""
    names = {span.name for span in spans}
    return names if "document" in names and "start assembly" in names else set()


def group_by_parent(spans: Sequence[Span]) -> Mapping[str, list[Span]]:
    children = defaultdict(list)
    for span in spans:
        children[span.parent_id].append(span)
    return children


def collect_span_names(record: Message, children: Mapping[str, list[Span]]) -> list[str]:
    """Return the names of the spans that a record caused, starting from the span in its header."""
    span_id, names = (get_header(record, "traceparent") or "").split("-")[2], []
    while following := [span for span in children[span_id] if span.name.split()[0] in {"receive", "POST", "process"}]:
        [span] = following
        names.append(span.name)
        span_id = span.span_id
    return names
