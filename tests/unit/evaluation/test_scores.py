"""A document is judged page by page where the truth has its pages."""

import pytest

from local.evaluation.scores import Page, Read, Score, judged
from local.evaluation.totals import best_of, by_engine, totals


def page(number: int, engine: str | None = "tesseract", **known: object) -> Page:
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
    return Page(**{**fields, **known, "page": number, "engine": engine})  # type: ignore[arg-type]  # each test names its own


def read(text: str, *pages: Page, file: str = "a.png", state: str = "completed") -> Read:
    return Read(
        file=file, document="id", state=state, completed=state == "completed", reason=None, text=text, pages=pages
    )


def score(cer_in_tenths: int, engine: str = "tesseract", file: str = "a.png") -> Score:
    wrong = "x" * cer_in_tenths + "0123456789"[cer_in_tenths:]
    return judged(read(wrong, page(1, engine), file=file), "0123456789")


def test_pages_are_compared_one_by_one_where_both_texts_have_as_many() -> None:
    judgement = judged(read("eins\fzwei", page(1), page(2, "rapidocr")), "eins\fzwie\f")

    assert [(one.page, one.engines, one.measures.edits) for one in judgement.passages] == [
        (1, ("tesseract",), 0),
        (2, ("rapidocr",), 2),
    ]


def test_a_truth_without_pages_is_compared_with_the_whole_text() -> None:
    judgement = judged(read("eins\fzwei\f", page(1), page(2, "rapidocr"), page(3)), "eins\nzwei")

    [whole] = judgement.passages
    assert (whole.page, whole.engines, whole.measures.edits) == (None, ("tesseract", "rapidocr"), 0)


def test_an_empty_last_page_is_a_page() -> None:
    assert [one.page for one in judged(read("eins\f", page(1), page(2)), "eins\f\f").passages] == [1, 2]


def test_a_page_counts_by_its_length_and_at_most_once() -> None:
    judgement = judged(read("abcdefgh\f" + "y" * 99, page(1), page(2)), "abcdefgh\fxx")

    assert judgement.cer == pytest.approx(2 / 10)


@pytest.mark.parametrize(
    ("one", "escalated"),
    [
        (page(1), False),
        (page(1, "rapidocr"), True),
        (page(1, best_effort=True), True),  # all were asked, and the first was surest
        (page(1, best_effort=True, route=("tesseract",)), False),
        (page(1, others=2.5), True),  # the second was asked, and did no better
        (page(1, best_effort=True, others=0.0), False),  # nobody else was expected to do better
        (page(1, "textlayer", route=()), False),
        (page(1, None, state="failed", route=("tesseract",)), False),
    ],
)
def test_a_page_is_escalated_when_its_first_engine_did_not_do(one: Page, *, escalated: bool) -> None:
    assert one.escalated is escalated


def test_seconds_are_those_of_all_pages() -> None:
    assert judged(read("", page(1), page(2, reading=None), page(3)), "").seconds == 3.0


def test_seconds_of_engines_whose_readings_were_not_taken_count() -> None:
    assert judged(read("", page(1, "rapidocr", others=2.5), page(2, others=0.0)), "").seconds == 5.5


def test_every_file_counts_the_same_over_all() -> None:
    over = totals([score(0), score(1), score(8)])

    assert (over.files, over.pages) == (3, 3)
    assert [over.cer, over.median_cer] == pytest.approx([0.3, 0.1])
    assert (over.characters, over.edits, sum(over.classes.values())) == (30, 9, 9)


def test_what_was_not_read_counts_as_read_empty() -> None:
    failed = judged(read("", state="rejected"), "Größe")

    over = totals([failed, score(0)])

    assert (over.unread, over.cer, over.umlauts_lost) == (1, 0.5, 2)


def test_engines_are_told_apart_with_the_busiest_first() -> None:
    shares = by_engine([score(5, "rapidocr"), score(0), score(2)])

    assert [(share.engine, share.passages) for share in shares] == [("tesseract", 2), ("rapidocr", 1)]
    assert [share.cer for share in shares] == pytest.approx([0.1, 0.5])


def test_the_best_of_each_file_is_what_no_choice_does_better() -> None:
    first, second = [score(1), score(6)], [score(2, "rapidocr"), score(0, "rapidocr")]

    best = best_of([first, second])

    assert best == [first[0], second[1]]
    assert totals(best).cer <= min(totals(first).cer, totals(second).cer)


def test_of_readings_that_are_as_good_the_best_is_the_quickest() -> None:
    slow, quick = (judged(read("Maß", page(1, reading=seconds)), "Maß") for seconds in (9.0, 1.0))

    assert best_of([[slow], [quick]]) == best_of([[quick], [slow]]) == [quick]
