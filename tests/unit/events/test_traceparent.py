"""W3C trace context."""

import pytest

from events.traceparent import read

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_what_was_read_is_written_as_it_came() -> None:
    assert str(read(TRACEPARENT)) == TRACEPARENT


def test_a_child_is_another_span_of_the_same_trace_with_the_same_flags() -> None:
    parent = read(TRACEPARENT)
    assert parent
    child = read(str(parent.child()))
    assert child
    assert (child.trace_id, child.flags) == (parent.trace_id, parent.flags)
    assert child.span_id != parent.span_id


@pytest.mark.parametrize(("flags", "sampled"), [("00", False), ("01", True), ("02", False), ("03", True)])
def test_the_last_bit_of_the_flags_says_whether_spans_are_kept(flags: str, sampled: bool) -> None:  # noqa: FBT001  # a row of a table
    found = read(TRACEPARENT[:-2] + flags)
    assert found
    assert found.sampled is sampled


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "",
        "nonsense",
        TRACEPARENT.upper(),
        TRACEPARENT + "-more",
        TRACEPARENT.replace("00-", "01-", 1),
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-0af7651916cd43dd8448eb211c80319c-{'0' * 16}-01",
    ],
)
def test_what_is_not_valid_is_none(wrong: str | None) -> None:
    assert read(wrong) is None
