"""Tests of the reasons that are printed with the tables."""

from dataclasses import replace

from local.evaluation.runs import EvaluationRun
from local.evaluation.scores import FileReading, score_file
from local.evaluation.tables import list_reasons

REJECTED = FileReading(
    file="a.png",
    document="id",
    state="rejected",
    is_completed=False,
    reason="unknown_engine",
    message="No engine is called foo.",
    text="",
    pages=(),
)


def test_shared_reason_is_listed_once() -> None:
    unread = [REJECTED, replace(REJECTED, file="b.png"), replace(REJECTED, file="c.png", state="open", reason=None)]
    completed = replace(REJECTED, file="d.png", is_completed=True, text="Maß")
    runs = [
        EvaluationRun(name, tuple(score_file(reading, "Maß") for reading in (*unread, completed)))
        for name in ("foo", "bar")
    ]

    assert list(list_reasons(runs)) == [
        "a.png and 1 more rejected: unknown_engine: No engine is called foo.",
        "c.png open: No engine is called foo.",
    ]
