"""The spans of a document among everything that a home has kept."""

import json
from dataclasses import replace
from pathlib import Path

from local.telemetry import files, otlp
from local.telemetry.reading import of_document, of_trace
from local.telemetry.span import Span
from tests.unit.telemetry.trees import DOCUMENT, TRACE, letter, span

OTHER = "1f3a9c1e-0000-5000-8000-000000000002"


def keep(folder: Path, *spans: Span) -> None:
    files.append(folder, [json.dumps(otlp.export(spans)).encode()])


def test_a_trace_is_found_however_its_spans_came(tmp_path: Path) -> None:
    spans = letter()
    keep(tmp_path, *spans[9:], replace(spans[0], trace_id="f" * 32, span_id="alien"))
    keep(tmp_path, *spans[:9])
    found = of_trace(tmp_path, TRACE)
    assert {one.span_id for one in found} == {one.span_id for one in spans}
    assert [one.start for one in found] == sorted(one.start for one in spans)


def test_a_span_that_was_exported_again_is_one(tmp_path: Path) -> None:
    keep(tmp_path, *letter())
    keep(tmp_path, replace(letter()[1], end=letter()[1].end + 1))
    found = of_trace(tmp_path, TRACE)
    assert len(found) == len(letter())
    assert letter()[1] in found


def test_an_export_that_is_not_understood_hides_no_other(tmp_path: Path) -> None:
    files.append(tmp_path, [f'{{"resourceSpans": ["{TRACE}"]}}'.encode()])
    keep(tmp_path, *letter())
    assert len(of_trace(tmp_path, TRACE)) == len(letter())


def test_of_many_documents_in_one_trace_one_is_shown() -> None:
    others = [
        span("wa9", "receive pagebus.uploads", 0, 1, "client"),
        span("ps9", "POST", 1, 4, "wa9"),
        span("up9", "process pagebus.uploads", 2, 3, "ps9", pagebus__document=OTHER),
        span("fe9", "fetch", 2, 3, "up9"),
        span("lost", "receive pagebus.uploads", 0, 1, "client"),
    ]
    left = of_document([*letter(), *others], DOCUMENT)
    assert {one.span_id for one in left} == {one.span_id for one in letter()} | {"lost"}


def test_a_document_alone_in_its_trace_keeps_all_of_it() -> None:
    assert of_document(letter(), DOCUMENT) == letter()
