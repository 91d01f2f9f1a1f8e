"""One document is one trace, from its upload to its row: without a gap, and without a span that nobody caused."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import Message

from local.telemetry.critical import stretches
from local.telemetry.kinds import Kind, kind_of
from local.telemetry.reading import of_trace
from local.telemetry.span import Span
from tests.kit import SAMPLES, Running, body, eventually, header, running

SAMPLE_NAMES = ("brief.png", "brief-schief.jpg", "rechnung.pdf", "gemischt.pdf", "fax.tif")
INTERNAL = ("pagebus.outcomes", "pagebus.pages.tesseract", "pagebus.pages.tesseract.bulk", "pagebus.assemblies")
Row = dict[str, Any]


@pytest.fixture(scope="module")
def asleep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Sequence[Row]]]:
    """Ten mixed documents that were read, on a bus that has gone to sleep since."""
    with running(tmp_path_factory.mktemp("traces"), "real") as bus:
        keys = [f"in/acme/{uuid4()}/{name}" for name in SAMPLE_NAMES * 2]
        rows = []
        for key in keys:
            bus.upload(key, (SAMPLES / key.rpartition("/")[2]).read_bytes() + uuid4().bytes)
            rows.append(dict(bus.ended(key)))
        eventually(lambda: not any(one["ready"] for one in bus.state()["functions"]), within=180, what="all at zero")
        yield bus, rows


def spans_of(bus: Running, row: Row) -> list[Span]:
    return of_trace(bus.home / "telemetry", row["document"].hex)


def test_every_document_is_one_trace_of_its_own(asleep: tuple[Running, Sequence[Row]]) -> None:
    bus, rows = asleep
    for row in rows:
        spans = spans_of(bus, row)
        assert {span.trace_id for span in spans} == {row["document"].hex}
        assert [span.name for span in spans].count("document") == 1
        about = {span.attributes.get("pagebus.document") for span in spans} - {None}
        assert about == {str(row["document"])}


def test_no_span_is_without_its_parent(asleep: tuple[Running, Sequence[Row]]) -> None:
    bus, rows = asleep
    for row in rows:
        spans = spans_of(bus, row)
        there = {span.span_id for span in spans}
        assert [span.name for span in spans if span.parent not in there] == ["document"]


def test_every_record_of_a_document_was_sent_received_delivered_and_handled_in_its_trace(
    asleep: tuple[Running, Sequence[Row]],
) -> None:
    bus, rows = asleep
    for row in rows:
        children = by_parent(spans_of(bus, row))
        for topic in INTERNAL:
            for record in bus.said(topic, row["document"]):
                lane = topic.removesuffix(".bulk")
                assert names_along(record, children) == [f"receive {topic}", "POST", f"process {lane}"]


def test_every_span_is_of_a_kind_that_people_know(asleep: tuple[Running, Sequence[Row]]) -> None:
    bus, rows = asleep
    names = {span.name for row in rows for span in spans_of(bus, row) if kind_of(span) is Kind.HANDLING}
    assert {name.partition(" ")[0] for name in names} == {"process"}


def test_the_critical_path_is_all_of_a_documents_time(asleep: tuple[Running, Sequence[Row]]) -> None:
    bus, rows = asleep
    told = {body(record)["Records"][0]["s3"]["object"]["key"]: record for record in uploads(bus)}
    for row in rows:
        explained = sum(stretch.seconds for stretch in stretches(spans_of(bus, row)))
        [end] = [r for r in bus.said("pagebus.documents", row["document"]) if ended(r)]
        # By Kafka's clock, which knows nothing of spans: from the store's word of the upload to ours of the row.
        taken = (end.timestamp()[1] - told[row["key"]].timestamp()[1]) / 1000
        # Its clock counts whole milliseconds, and our word goes out after the commit: a few of them are no gap.
        assert explained == pytest.approx(taken, rel=0.05, abs=0.01), row["key"]


def test_a_trace_says_that_a_replica_was_started_for_the_document(asleep: tuple[Running, Sequence[Row]]) -> None:
    bus, _ = asleep
    key = f"in/acme/{uuid4()}.png"
    bus.upload(key, (SAMPLES / "brief.png").read_bytes() + uuid4().bytes)
    row = bus.ended(key)
    names = eventually(lambda: started(spans_of(bus, row)), what="the spans of starting")
    assert {"start intake", "start tesseract", "start persistence", "start assembly"} <= names


def uploads(bus: Running) -> list[Message]:
    return [record for record in bus.records("pagebus.uploads") if "Records" in body(record)]


def ended(record: Message) -> bool:
    return (header(record, "ce_type") or "").endswith("completed.v1")


def started(spans: Sequence[Span]) -> set[str]:
    """The starts in a trace that is complete."""
    names = {span.name for span in spans}
    return names if "document" in names and "start assembly" in names else set()


def by_parent(spans: Sequence[Span]) -> Mapping[str, list[Span]]:
    found = defaultdict(list)
    for span in spans:
        found[span.parent].append(span)
    return found


def names_along(record: Message, children: Mapping[str, list[Span]]) -> list[str]:
    """What came of a record, from the span that its header names."""
    span_id, names = (header(record, "traceparent") or "").split("-")[2], []
    while following := [span for span in children[span_id] if span.name.split()[0] in {"receive", "POST", "process"}]:
        [span] = following
        names.append(span.name)
        span_id = span.span_id
    return names
