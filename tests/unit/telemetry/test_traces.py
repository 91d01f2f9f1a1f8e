"""Tests of loading the spans of a document from a home."""

import json
from dataclasses import replace
from pathlib import Path

from local.telemetry import otlp, trace_files
from local.telemetry.span import Span
from local.telemetry.traces import load_trace, select_document_spans
from tests.unit.telemetry.sample_traces import DOCUMENT, TRACE, build_page_trace, make_span

OTHER = "1f3a9c1e-0000-5000-8000-000000000002"


def store_export(folder: Path, *spans: Span) -> None:
    trace_files.append_lines(folder, [json.dumps(otlp.build_export(spans)).encode()])


def test_trace_is_loaded_from_several_exports(tmp_path: Path) -> None:
    spans = build_page_trace()
    store_export(tmp_path, *spans[9:], replace(spans[0], trace_id="f" * 32, span_id="other"))
    store_export(tmp_path, *spans[:9])
    loaded = load_trace(tmp_path, TRACE)
    assert {span.span_id for span in loaded} == {span.span_id for span in spans}
    assert [span.start for span in loaded] == sorted(span.start for span in spans)


def test_span_exported_twice_appears_once(tmp_path: Path) -> None:
    store_export(tmp_path, *build_page_trace())
    store_export(tmp_path, replace(build_page_trace()[1], end=build_page_trace()[1].end + 1))
    loaded = load_trace(tmp_path, TRACE)
    assert len(loaded) == len(build_page_trace())
    assert build_page_trace()[1] in loaded


def test_invalid_export_does_not_hide_others(tmp_path: Path) -> None:
    trace_files.append_lines(tmp_path, [f'{{"resourceSpans": ["{TRACE}"]}}'.encode()])
    store_export(tmp_path, *build_page_trace())
    assert len(load_trace(tmp_path, TRACE)) == len(build_page_trace())


def test_spans_of_other_documents_are_removed() -> None:
    others = [
        make_span("wa9", "receive pagebus.uploads", 0, 1, "client"),
        make_span("ps9", "POST", 1, 4, "wa9"),
        make_span("up9", "process pagebus.uploads", 2, 3, "ps9", pagebus__document=OTHER),
        make_span("fe9", "fetch", 2, 3, "up9"),
        make_span("lost", "receive pagebus.uploads", 0, 1, "client"),
    ]
    selected = select_document_spans([*build_page_trace(), *others], DOCUMENT)
    assert {span.span_id for span in selected} == {span.span_id for span in build_page_trace()} | {"lost"}


def test_trace_of_one_document_is_complete() -> None:
    assert select_document_spans(build_page_trace(), DOCUMENT) == build_page_trace()
