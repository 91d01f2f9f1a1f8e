"""A trial finds what is lost, what came again and what came too early."""

from typing import Any

from tests.trial.tally import Sent, tally

SENT = [Sent(topic, partition, n) for topic in ("ordered", "any") for partition in (0, 1) for n in range(3)]


def lines(*done: Sent) -> list[dict[str, Any]]:
    """As functions write them, one second after the other."""
    return [{**event._asdict(), "done": float(second)} for second, event in enumerate(done)]


def test_what_was_done_once_in_turn_is_good() -> None:
    found = tally(SENT, lines(*SENT), ["ordered"])

    assert (found.sent, found.lost, found.duplicates, found.overtook) == (12, (), 0, ())


def test_what_no_function_has_done_is_lost() -> None:
    assert tally(SENT, lines(*SENT[:4], *SENT[5:]), ["ordered"]).lost == (SENT[4],)


def test_what_was_done_again_is_counted_by_topic_and_breaks_no_order() -> None:
    found = tally(SENT, lines(*SENT, SENT[0], SENT[0], SENT[7]), ["ordered"])

    assert (found.repeated, found.duplicates, found.overtook) == ({"any": 1, "ordered": 2}, 3, ())


def test_what_was_first_done_before_its_turn_is_found_where_order_is_kept() -> None:
    swapped = [*SENT[:1], SENT[2], SENT[1], *SENT[3:7], SENT[8], SENT[7], *SENT[9:]]

    assert tally(SENT, lines(*swapped), ["ordered"]).overtook == (SENT[2],)


def test_lines_may_stand_in_any_order() -> None:
    assert tally(SENT, reversed(lines(*SENT)), ["ordered"]).overtook == ()
