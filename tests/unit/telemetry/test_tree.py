"""Tests of a trace as lines of a tree."""

from local.telemetry.span import Span
from local.telemetry.tree import TraceLine, build_lines, find_top_spans
from tests.unit.telemetry.sample_traces import DOCUMENT_SPAN, build_page_trace, make_document_span, make_span


def summarize(lines: list[TraceLine]) -> list[tuple[int, str, int]]:
    """Return depth, id of the first span and number of spans of each line."""
    return [(line.depth, line.spans[0].span_id, len(line.spans)) for line in lines]


def build_book_trace(pages: int) -> list[Span]:
    """Return a trace in which every page is requested, delivered and read."""
    spans = [make_document_span(pages + 1), make_span("upl", "process pagebus.uploads", 0, 1, DOCUMENT_SPAN)]
    for page in range(pages):
        spans.append(make_span(f"s{page}", "send pagebus.pages.tesseract", page / pages, 1, "upl"))
        spans.append(make_span(f"p{page}", "POST", page + 1, page + 2, f"s{page}"))
        spans.append(make_span(f"r{page}", "read", page + 1.5, page + 2, f"p{page}"))
    return spans


def test_children_follow_parents_in_order_of_start() -> None:
    assert summarize(build_lines(build_page_trace()))[:7] == [
        (0, DOCUMENT_SPAN, 1),
        (1, "put", 1),
        (1, "rec", 1),
        (2, "upl", 1),
        (3, "fet", 1),
        (3, "snd", 1),
        (4, "wai", 1),
    ]
    assert len(build_lines(build_page_trace())) == len(build_page_trace())


def test_span_without_stored_parent_is_on_top() -> None:
    spans = [span for span in build_page_trace() if span.span_id != "snd"]
    assert [span.span_id for span in find_top_spans(spans)] == [DOCUMENT_SPAN, "wai"]
    assert (0, "wai", 1) in summarize(build_lines(spans))


def test_spans_over_the_limit_are_grouped_by_name() -> None:
    lines = build_lines(build_book_trace(100), 11)
    assert summarize(lines)[:5] == [(0, DOCUMENT_SPAN, 1), (1, "upl", 1), (2, "s0", 1), (3, "p0", 1), (4, "r0", 1)]
    assert summarize(lines)[11:] == [(0, "s3", 97), (0, "p3", 97), (0, "r3", 97)]
    assert (lines[12].seconds, lines[13].seconds) == (97.0, 48.5)
    assert (lines[13].start, lines[13].end) == (
        build_book_trace(100)[-1].start - 96_000_000_000,
        build_book_trace(100)[-1].end,
    )


def test_groups_that_save_no_line_are_not_formed() -> None:
    assert build_lines(build_page_trace(), len(build_page_trace()) - 2) == build_lines(build_page_trace())


def test_preferred_spans_get_their_own_lines() -> None:
    lines = build_lines(build_book_trace(100), 5, {DOCUMENT_SPAN, "upl", "s99", "p99", "r99"})
    assert [span_id for _, span_id, _ in summarize(lines)[:5]] == [DOCUMENT_SPAN, "upl", "s99", "p99", "r99"]


def test_trace_with_2000_levels_is_shown() -> None:
    spans = [make_span(str(number), "POST", number, 2000, str(number - 1)) for number in range(2000)]
    assert build_lines(spans)[-1].depth == 1999
