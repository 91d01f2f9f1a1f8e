"""Counts of lost, duplicate and early events in a trial."""

from typing import Any

from tests.trial.tally import SentEvent, count_events

SENT = [SentEvent(topic, partition, n) for topic in ("ordered", "any") for partition in (0, 1) for n in range(3)]


def lines(*done: SentEvent) -> list[dict[str, Any]]:
    """Return the lines of functions, one second after the other."""
    return [{**event._asdict(), "done": float(second)} for second, event in enumerate(done)]


def test_events_done_once_in_order_have_no_finding() -> None:
    found = count_events(SENT, lines(*SENT), ["ordered"])

    assert (found.sent, found.lost, found.duplicates, found.out_of_order) == (12, (), 0, ())


def test_event_that_is_never_done_is_lost() -> None:
    assert count_events(SENT, lines(*SENT[:4], *SENT[5:]), ["ordered"]).lost == (SENT[4],)


def test_duplicates_are_counted_by_topic() -> None:
    found = count_events(SENT, lines(*SENT, SENT[0], SENT[0], SENT[7]), ["ordered"])

    assert (found.duplicates_by_topic, found.duplicates, found.out_of_order) == ({"any": 1, "ordered": 2}, 3, ())


def test_early_event_is_found_in_ordered_topics() -> None:
    swapped = [*SENT[:1], SENT[2], SENT[1], *SENT[3:7], SENT[8], SENT[7], *SENT[9:]]

    assert count_events(SENT, lines(*swapped), ["ordered"]).out_of_order == (SENT[2],)


def test_order_of_lines_does_not_matter() -> None:
    assert count_events(SENT, reversed(lines(*SENT)), ["ordered"]).out_of_order == ()
