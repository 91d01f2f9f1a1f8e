"""Transitions of a document and the events that they publish."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.catalogue import Outcome
from events.document import (
    DocumentAccepted,
    DocumentCompleted,
    DocumentFailed,
    DocumentRecognized,
    DocumentRejected,
)
from events.event import Event
from events.page import PageFailed, PageRecognized
from events.reasons import DocumentFailure
from events.states import TERMINAL_STATES, DocumentState, PageState
from functions.persistence.published_events import derive_events
from functions.persistence.transitions import (
    DocumentRecord,
    PageRecord,
    PagesSummary,
    StoredState,
    apply,
    list_page_numbers,
)
from tests.unit.persistence.outcomes import ExampleDocument

DOCUMENT = ExampleDocument("letter.pdf", pages=3)
END_EVENTS = (DocumentCompleted, DocumentFailed, DocumentRejected)


@dataclass
class FakePersistence:
    """Persistence with dictionaries instead of a database."""

    document: DocumentRecord = field(default_factory=DocumentRecord)
    pages: dict[int, PageRecord] = field(default_factory=dict)
    published: list[Event] = field(default_factory=list)

    def handle(self, outcome: Outcome) -> list[Event]:
        pages = {page: self.pages[page] for page in list_page_numbers(outcome) if page in self.pages}
        summary = PagesSummary(confidence=0.9, engine_seconds=1, failed_pages=())
        before = StoredState(document=self.document, pages=pages, summary=summary)
        after = apply(before, outcome)
        events = derive_events(after, outcome)
        if after != before:
            self.document = after.document
            self.pages |= after.pages
            self.published += events
        return events

    def handle_all(self, outcomes: Iterable[Outcome]) -> "FakePersistence":
        for outcome in outcomes:
            self.handle(outcome)
        return self

    def get_state(self) -> DocumentState:
        return self.document.state

    def list_types(self) -> list[type[Event]]:
        return [type(event) for event in self.published]


def _generate_orders(outcomes: Sequence[Outcome]) -> st.SearchStrategy[list[Outcome]]:
    """Generate every order, with some outcomes repeated."""
    again = st.lists(st.sampled_from(list(outcomes)), max_size=6)
    return again.flatmap(lambda more: st.permutations([*outcomes, *more]))


_PAGE_RESULTS = st.lists(st.booleans(), min_size=1, max_size=5)


@st.composite
def _draw_document(draw: st.DrawFn) -> tuple[ExampleDocument, list[Outcome]]:
    """Draw a document with recognized and failed pages and a plan in one or two ranges."""
    read = draw(_PAGE_RESULTS)
    example = ExampleDocument("any.pdf", pages=len(read))
    ends = [
        example.make_recognized(n) if recognized else example.make_failed(n) for n, recognized in enumerate(read, 1)
    ]
    middle = draw(st.integers(1, len(read)))
    ranges = [example.make_accepted(1, middle), *([example.make_accepted(middle + 1)] if middle < len(read) else [])]
    return example, draw(_generate_orders([*ranges, *ends]))


@given(_draw_document())
def test_any_order_publishes_everything_once(
    drawn: tuple[ExampleDocument, list[Outcome]],
) -> None:
    example, outcomes = drawn
    fake = FakePersistence().handle_all(outcomes).handle_all([example.make_assembled(), example.make_assembled()])
    recognized = {page.page for page in outcomes if isinstance(page, PageRecognized)}
    assert fake.get_state() is (DocumentState.COMPLETED if recognized else DocumentState.FAILED)
    assert (fake.document.recognized, fake.document.failed) == (len(recognized), example.pages - len(recognized))
    assert {n for n, page in fake.pages.items() if page.state is PageState.RECOGNIZED} == recognized
    counts = Counter(fake.list_types())
    assert (counts[PageRecognized], counts[PageFailed]) == (len(recognized), example.pages - len(recognized))
    assert (counts[DocumentAccepted], counts[DocumentRecognized]) == (1, 1)
    assert sum(counts[end] for end in END_EVENTS if end is not DocumentFailed or not recognized) == 1
    assert max(Counter(event.id for event in fake.published).values()) == 1


_ANY_OUTCOMES = [
    DOCUMENT.make_accepted(),
    DOCUMENT.make_rejected(),
    DOCUMENT.make_overdue(),
    DOCUMENT.make_assembled(),
    *(DOCUMENT.make_recognized(n) for n in (1, 2, 3)),
    *(DOCUMENT.make_recognized(n, engine="rapidocr") for n in (1, 2)),
    *(DOCUMENT.make_failed(n) for n in (1, 2, 3)),
]


@given(st.lists(st.sampled_from(_ANY_OUTCOMES), max_size=30))
def test_document_ends_once_with_correct_counters(outcomes: list[Outcome]) -> None:
    fake = FakePersistence()
    for outcome in outcomes:
        before = fake.document
        fake.handle(outcome)
        if before.ended_by:
            assert fake.document == before
    states = Counter(page.state for page in fake.pages.values())
    assert fake.document.recognized == states[PageState.RECOGNIZED]
    assert fake.document.failed == states[PageState.FAILED]
    assert sum(kind in END_EVENTS for kind in fake.list_types()) == (fake.document.ended_by is not None)
    recognized = [event.page for event in fake.published if isinstance(event, PageRecognized)]
    assert len(recognized) == len(set(recognized))


@given(st.lists(st.sampled_from(_ANY_OUTCOMES), max_size=20))
def test_repeated_outcome_returns_same_events_without_change(outcomes: list[Outcome]) -> None:
    fake = FakePersistence()
    for outcome in outcomes:
        first = fake.handle(outcome)
        document, pages = fake.document, dict(fake.pages)
        assert fake.handle(outcome) == first
        assert (fake.document, fake.pages) == (document, pages)


def test_last_page_closes_document() -> None:
    fake = FakePersistence().handle_all(
        [DOCUMENT.make_accepted(), DOCUMENT.make_recognized(1), DOCUMENT.make_failed(2)]
    )
    assert fake.get_state() is DocumentState.OPEN
    events = fake.handle(DOCUMENT.make_recognized(3))
    assert [type(event) for event in events] == [PageRecognized, DocumentRecognized]
    assert fake.get_state() is DocumentState.ASSEMBLING


def test_late_acceptance_closes_document() -> None:
    fake = FakePersistence().handle_all(DOCUMENT.make_recognized(n) for n in (3, 1, 2))
    assert [type(event) for event in fake.handle(DOCUMENT.make_accepted())] == [DocumentAccepted, DocumentRecognized]


def test_only_first_range_is_published() -> None:
    fake = FakePersistence().handle_all([DOCUMENT.make_accepted(2), DOCUMENT.make_accepted(1, 1)])
    assert fake.published == [DOCUMENT.make_accepted(1, 1)]


def test_first_recognized_result_is_final() -> None:
    fake = FakePersistence().handle_all([DOCUMENT.make_recognized(1), DOCUMENT.make_recognized(1, engine="rapidocr")])
    assert fake.published == [DOCUMENT.make_recognized(1)]


def test_recognized_result_replaces_failure() -> None:
    fake = FakePersistence().handle_all([DOCUMENT.make_failed(1), DOCUMENT.make_recognized(1), DOCUMENT.make_failed(1)])
    assert fake.published == [DOCUMENT.make_failed(1), DOCUMENT.make_recognized(1)]
    assert (fake.document.recognized, fake.document.failed) == (1, 0)


def test_pages_are_final_during_assembly() -> None:
    fake = FakePersistence().handle_all(
        [DOCUMENT.make_accepted(), *(DOCUMENT.make_failed(n) for n in (1, 2, 3)), DOCUMENT.make_recognized(1)]
    )
    assert (fake.document.recognized, fake.document.failed) == (0, 3)
    end = fake.handle(DOCUMENT.make_assembled())[0]
    assert isinstance(end, DocumentFailed)
    assert end.reason is DocumentFailure.NO_PAGE_RECOGNIZED


def test_accepted_document_cannot_be_rejected() -> None:
    assert (
        FakePersistence().handle_all([DOCUMENT.make_accepted(), DOCUMENT.make_rejected()]).get_state()
        is DocumentState.OPEN
    )


@pytest.mark.parametrize(
    "outcomes", [[DOCUMENT.make_accepted()], [], [DOCUMENT.make_accepted(), DOCUMENT.make_recognized(1)]]
)
def test_overdue_document_fails_in_every_state(outcomes: list[Outcome]) -> None:
    fake = FakePersistence().handle_all([*outcomes, DOCUMENT.make_overdue()])
    assert fake.get_state() is DocumentState.FAILED
    assert fake.published[-1] == DOCUMENT.make_overdue()


@pytest.mark.parametrize("state", sorted(TERMINAL_STATES))
def test_ended_document_never_changes(state: DocumentState) -> None:
    ended = StoredState(document=DocumentRecord(state=state, pages=3), pages={})
    assert reduce(apply, _ANY_OUTCOMES, ended) == ended
