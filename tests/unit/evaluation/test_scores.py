"""Tests of scores: a document is compared page by page if the truth has its pages."""

import pytest

from local.evaluation.scores import EvaluatedPage, FileReading, FileScore, score_file
from local.evaluation.totals import compute_engine_shares, compute_totals, select_best_scores


def make_page(number: int, engine: str | None = "tesseract", **known: object) -> EvaluatedPage:
    fields: dict[str, object] = {
        "state": "recognized",
        "why": "first on the route",
        "confidence": 0.9,
        "best_effort": False,
        "route": ("tesseract", "rapidocr"),
        "waiting": 0.1,
        "starting": 0.2,
        "reading": 1.5,
        "others": None,
    }
    return EvaluatedPage(**{**fields, **known, "page": number, "engine": engine})  # type: ignore[arg-type]  # the tests pass fields of many types


def make_reading(text: str, *pages: EvaluatedPage, file: str = "a.png", state: str = "completed") -> FileReading:
    return FileReading(
        file=file, document="id", state=state, is_completed=state == "completed", reason=None, text=text, pages=pages
    )


def make_score(cer_in_tenths: int, engine: str = "tesseract", file: str = "a.png") -> FileScore:
    wrong = "x" * cer_in_tenths + "0123456789"[cer_in_tenths:]
    return score_file(make_reading(wrong, make_page(1, engine), file=file), "0123456789")


def test_texts_with_equal_page_counts_are_compared_by_page() -> None:
    file_score = score_file(make_reading("eins\fzwei", make_page(1), make_page(2, "rapidocr")), "eins\fzwie\f")

    assert [(passage.page, passage.engines, passage.metrics.edits) for passage in file_score.passages] == [
        (1, ("tesseract",), 0),
        (2, ("rapidocr",), 2),
    ]


def test_truth_without_pages_is_compared_with_whole_text() -> None:
    file_score = score_file(
        make_reading("eins\fzwei\f", make_page(1), make_page(2, "rapidocr"), make_page(3)), "eins\nzwei"
    )

    [whole] = file_score.passages
    assert (whole.page, whole.engines, whole.metrics.edits) == (None, ("tesseract", "rapidocr"), 0)


def test_empty_last_page_is_a_page() -> None:
    assert [
        passage.page for passage in score_file(make_reading("eins\f", make_page(1), make_page(2)), "eins\f\f").passages
    ] == [1, 2]


def test_page_weight_is_its_length_and_error_at_most_one() -> None:
    file_score = score_file(make_reading("abcdefgh\f" + "y" * 99, make_page(1), make_page(2)), "abcdefgh\fxx")

    assert file_score.cer == pytest.approx(2 / 10)


@pytest.mark.parametrize(
    ("page", "escalated"),
    [
        (make_page(1), False),
        (make_page(1, "rapidocr"), True),
        (make_page(1, best_effort=True), True),  # all engines read it, and the first had the highest confidence
        (make_page(1, best_effort=True, route=("tesseract",)), False),
        (make_page(1, others=2.5), True),  # the second engine read it with a lower confidence
        (make_page(1, best_effort=True, others=0.0), False),  # no other engine was expected to be better
        (make_page(1, "textlayer", route=()), False),
        (make_page(1, None, state="failed", route=("tesseract",)), False),
    ],
)
def test_page_is_escalated_if_first_engine_is_not_enough(page: EvaluatedPage, *, escalated: bool) -> None:
    assert page.is_escalated is escalated


def test_seconds_add_up_over_pages() -> None:
    assert score_file(make_reading("", make_page(1), make_page(2, reading=None), make_page(3)), "").seconds == 3.0


def test_seconds_include_rejected_readings() -> None:
    assert (
        score_file(make_reading("", make_page(1, "rapidocr", others=2.5), make_page(2, others=0.0)), "").seconds == 5.5
    )


def test_every_file_has_same_weight_in_totals() -> None:
    totals = compute_totals([make_score(0), make_score(1), make_score(8)])

    assert (totals.files, totals.pages) == (3, 3)
    assert [totals.cer, totals.median_cer] == pytest.approx([0.3, 0.1])
    assert (totals.characters, totals.edits, sum(totals.classes.values())) == (30, 9, 9)


def test_unread_file_counts_as_empty_text() -> None:
    failed = score_file(make_reading("", state="rejected"), "Größe")

    totals = compute_totals([failed, make_score(0)])

    assert (totals.unread, totals.cer, totals.umlauts_lost) == (1, 0.5, 2)


def test_engine_shares_start_with_busiest_engine() -> None:
    shares = compute_engine_shares([make_score(5, "rapidocr"), make_score(0), make_score(2)])

    assert [(share.engine, share.passages) for share in shares] == [("tesseract", 2), ("rapidocr", 1)]
    assert [share.cer for share in shares] == pytest.approx([0.1, 0.5])


def test_best_scores_have_lowest_error_of_each_file() -> None:
    first, second = [make_score(1), make_score(6)], [make_score(2, "rapidocr"), make_score(0, "rapidocr")]

    best = select_best_scores([first, second])

    assert best == [first[0], second[1]]
    assert compute_totals(best).cer <= min(compute_totals(first).cer, compute_totals(second).cer)


def test_equal_scores_prefer_the_faster_reading() -> None:
    slow, fast = (score_file(make_reading("Maß", make_page(1, reading=seconds)), "Maß") for seconds in (9.0, 1.0))

    assert select_best_scores([[slow], [fast]]) == select_best_scores([[fast], [slow]]) == [fast]
