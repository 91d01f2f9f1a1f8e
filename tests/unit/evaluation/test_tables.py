"""What stands beside the figures."""

from dataclasses import replace

from local.evaluation.runs import Run
from local.evaluation.scores import Read, judged
from local.evaluation.tables import by_reasons

REJECTED = Read(
    file="a.png",
    document="id",
    state="rejected",
    completed=False,
    reason="unknown_engine",
    message="No engine is called foo.",
    text="",
    pages=(),
)


def test_a_reason_that_several_files_share_is_told_once() -> None:
    reads = [REJECTED, replace(REJECTED, file="b.png"), replace(REJECTED, file="c.png", state="open", reason=None)]
    read = replace(REJECTED, file="d.png", completed=True, text="Maß")
    runs = [Run(name, tuple(judged(one, "Maß") for one in (*reads, read))) for name in ("foo", "bar")]

    assert list(by_reasons(runs)) == [
        "a.png and 1 more rejected: unknown_engine: No engine is called foo.",
        "c.png open: No engine is called foo.",
    ]
