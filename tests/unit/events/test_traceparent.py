"""Parsing of W3C trace context."""

import pytest

from events.traceparent import parse_traceparent

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_parsed_traceparent_is_formatted_unchanged() -> None:
    assert str(parse_traceparent(TRACEPARENT)) == TRACEPARENT


def test_child_has_new_span_in_same_trace() -> None:
    parent = parse_traceparent(TRACEPARENT)
    assert parent
    child = parse_traceparent(str(parent.create_child()))
    assert child
    assert (child.trace_id, child.flags) == (parent.trace_id, parent.flags)
    assert child.span_id != parent.span_id


@pytest.mark.parametrize(("flags", "is_sampled"), [("00", False), ("01", True), ("02", False), ("03", True)])
def test_last_bit_of_flags_is_sampled(flags: str, is_sampled: bool) -> None:  # noqa: FBT001  # a parameter of the table above
    found = parse_traceparent(TRACEPARENT[:-2] + flags)
    assert found
    assert found.is_sampled is is_sampled


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
def test_invalid_traceparent_is_none(wrong: str | None) -> None:
    assert parse_traceparent(wrong) is None
