"""A trace as lines."""

from local.telemetry.span import Span
from local.telemetry.tree import Line, lines, orphans
from tests.unit.telemetry.trees import ROOT, document, letter, span


def told(found: list[Line]) -> list[tuple[int, str, int]]:
    return [(line.depth, line.spans[0].span_id, len(line.spans)) for line in found]


def book(pages: int) -> list[Span]:
    """Every page is asked for, delivered and read."""
    spans = [document(pages + 1), span("upl", "process pagebus.uploads", 0, 1, ROOT)]
    for page in range(pages):
        spans.append(span(f"s{page}", "send pagebus.pages.tesseract", page / pages, 1, "upl"))
        spans.append(span(f"p{page}", "POST", page + 1, page + 2, f"s{page}"))
        spans.append(span(f"r{page}", "read", page + 1.5, page + 2, f"p{page}"))
    return spans


def test_children_come_below_their_parents_in_the_order_in_which_they_began() -> None:
    assert told(lines(letter()))[:7] == [
        (0, ROOT, 1),
        (1, "put", 1),
        (1, "rec", 1),
        (2, "upl", 1),
        (3, "fet", 1),
        (3, "snd", 1),
        (4, "wai", 1),
    ]
    assert len(lines(letter())) == len(letter())


def test_a_span_whose_parent_is_not_there_stands_alone() -> None:
    spans = [one for one in letter() if one.span_id != "snd"]
    assert [one.span_id for one in orphans(spans)] == [ROOT, "wai"]
    assert (0, "wai", 1) in told(lines(spans))


def test_what_is_too_much_for_a_screen_is_told_by_name_with_its_number_and_sum() -> None:
    found = lines(book(100), 11)
    assert told(found)[:5] == [(0, ROOT, 1), (1, "upl", 1), (2, "s0", 1), (3, "p0", 1), (4, "r0", 1)]
    assert told(found)[11:] == [(0, "s3", 97), (0, "p3", 97), (0, "r3", 97)]
    assert (found[12].seconds, found[13].seconds) == (97.0, 48.5)
    assert (found[13].start, found[13].end) == (book(100)[-1].start - 96_000_000_000, book(100)[-1].end)


def test_what_saves_no_line_is_not_told_together() -> None:
    assert lines(letter(), len(letter()) - 2) == lines(letter())


def test_what_matters_most_is_shown_first() -> None:
    found = lines(book(100), 5, {ROOT, "upl", "s99", "p99", "r99"})
    assert [span_id for _, span_id, _ in told(found)[:5]] == [ROOT, "upl", "s99", "p99", "r99"]


def test_a_trace_as_deep_as_the_longest_document_can_be_shown() -> None:
    spans = [span(str(number), "POST", number, 2000, str(number - 1)) for number in range(2000)]
    assert lines(spans)[-1].depth == 1999
