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
from events.states import ENDED, DocumentState, PageState
from functions.persistence.facts import Summary, facts
from functions.persistence.transitions import Document, Known, Page, apply, numbers
from tests.unit.persistence.outcomes import Made

DOCUMENT = Made("letter.pdf", pages=3)
ENDS = (DocumentCompleted, DocumentFailed, DocumentRejected)


@dataclass
class Memory:
    """Persistence with a dictionary for a database, and assembly beside it."""

    document: Document = field(default_factory=Document)
    pages: dict[int, Page] = field(default_factory=dict)
    said: list[Event] = field(default_factory=list)

    def take(self, outcome: Outcome) -> list[Event]:
        pages = {page: self.pages[page] for page in numbers(outcome) if page in self.pages}
        before = Known(document=self.document, pages=pages)
        after = apply(before, outcome)
        said = facts(after, outcome, Summary(confidence=0.9, engine_seconds=1, failed_pages=()))
        if after != before:
            self.document = after.document
            self.pages |= after.pages
            self.said += said
        return said

    def take_all(self, outcomes: Iterable[Outcome]) -> "Memory":
        for outcome in outcomes:
            self.take(outcome)
        return self

    def state(self) -> DocumentState:
        return self.document.state

    def kinds(self) -> list[type[Event]]:
        return [type(event) for event in self.said]


def _shuffled(outcomes: Sequence[Outcome]) -> st.SearchStrategy[list[Outcome]]:
    """Every order, and any of them several times."""
    again = st.lists(st.sampled_from(list(outcomes)), max_size=6)
    return again.flatmap(lambda more: st.permutations([*outcomes, *more]))


_ENDINGS = st.lists(st.booleans(), min_size=1, max_size=5)


@st.composite
def _lives(draw: st.DrawFn) -> tuple[Made, list[Outcome]]:
    """A document's pages, each recognized or failed, and its plan in one or two ranges."""
    read = draw(_ENDINGS)
    made = Made("any.pdf", pages=len(read))
    ends = [made.recognized(n) if good else made.failed(n) for n, good in enumerate(read, 1)]
    middle = draw(st.integers(1, len(read)))
    ranges = [made.accepted(1, middle), *([made.accepted(middle + 1)] if middle < len(read) else [])]
    return made, draw(_shuffled([*ranges, *ends]))


@given(_lives())
def test_any_order_and_repetition_ends_in_the_same_state_and_says_everything_once(
    life: tuple[Made, list[Outcome]],
) -> None:
    made, outcomes = life
    memory = Memory().take_all(outcomes).take_all([made.assembled(), made.assembled()])
    good = {page.page for page in outcomes if isinstance(page, PageRecognized)}
    assert memory.state() is (DocumentState.COMPLETED if good else DocumentState.FAILED)
    assert (memory.document.recognized, memory.document.failed) == (len(good), made.pages - len(good))
    assert {n for n, page in memory.pages.items() if page.state is PageState.RECOGNIZED} == good
    counts = Counter(memory.kinds())
    assert (counts[PageRecognized], counts[PageFailed]) == (len(good), made.pages - len(good))
    assert (counts[DocumentAccepted], counts[DocumentRecognized]) == (1, 1)
    assert sum(counts[end] for end in ENDS if end is not DocumentFailed or not good) == 1
    assert max(Counter(event.id for event in memory.said).values()) == 1


_ANY = [
    DOCUMENT.accepted(),
    DOCUMENT.rejected(),
    DOCUMENT.overdue(),
    DOCUMENT.assembled(),
    *(DOCUMENT.recognized(n) for n in (1, 2, 3)),
    *(DOCUMENT.recognized(n, engine="rapidocr") for n in (1, 2)),
    *(DOCUMENT.failed(n) for n in (1, 2, 3)),
]


@given(st.lists(st.sampled_from(_ANY), max_size=30))
def test_whatever_comes_a_document_ends_at_most_once_and_its_counters_are_true(outcomes: list[Outcome]) -> None:
    memory = Memory()
    for outcome in outcomes:
        before = memory.document
        memory.take(outcome)
        if before.ended_by:
            assert memory.document == before
    states = Counter(page.state for page in memory.pages.values())
    assert memory.document.recognized == states[PageState.RECOGNIZED]
    assert memory.document.failed == states[PageState.FAILED]
    assert sum(kind in ENDS for kind in memory.kinds()) == (memory.document.ended_by is not None)
    recognized = [event.page for event in memory.said if isinstance(event, PageRecognized)]
    assert len(recognized) == len(set(recognized))


@given(st.lists(st.sampled_from(_ANY), max_size=20))
def test_an_outcome_that_comes_again_at_once_changes_nothing_and_finds_the_same_facts(outcomes: list[Outcome]) -> None:
    memory = Memory()
    for outcome in outcomes:
        first = memory.take(outcome)
        document, pages = memory.document, dict(memory.pages)
        assert memory.take(outcome) == first
        assert (memory.document, memory.pages) == (document, pages)


def test_the_last_page_closes_the_document() -> None:
    memory = Memory().take_all([DOCUMENT.accepted(), DOCUMENT.recognized(1), DOCUMENT.failed(2)])
    assert memory.state() is DocumentState.OPEN
    said = memory.take(DOCUMENT.recognized(3))
    assert [type(event) for event in said] == [PageRecognized, DocumentRecognized]
    assert memory.state() is DocumentState.ASSEMBLING


def test_acceptance_that_comes_last_closes_the_document() -> None:
    memory = Memory().take_all(DOCUMENT.recognized(n) for n in (3, 1, 2))
    assert [type(event) for event in memory.take(DOCUMENT.accepted())] == [DocumentAccepted, DocumentRecognized]


def test_only_the_first_range_is_published() -> None:
    memory = Memory().take_all([DOCUMENT.accepted(2), DOCUMENT.accepted(1, 1)])
    assert memory.said == [DOCUMENT.accepted(1, 1)]


def test_the_first_recognized_wins() -> None:
    memory = Memory().take_all([DOCUMENT.recognized(1), DOCUMENT.recognized(1, engine="rapidocr")])
    assert memory.said == [DOCUMENT.recognized(1)]


def test_recognized_replaces_failed_and_is_published_too() -> None:
    memory = Memory().take_all([DOCUMENT.failed(1), DOCUMENT.recognized(1), DOCUMENT.failed(1)])
    assert memory.said == [DOCUMENT.failed(1), DOCUMENT.recognized(1)]
    assert (memory.document.recognized, memory.document.failed) == (1, 0)


def test_once_the_document_is_being_assembled_its_pages_stand() -> None:
    memory = Memory().take_all([DOCUMENT.accepted(), *(DOCUMENT.failed(n) for n in (1, 2, 3)), DOCUMENT.recognized(1)])
    assert (memory.document.recognized, memory.document.failed) == (0, 3)
    end = memory.take(DOCUMENT.assembled())[0]
    assert isinstance(end, DocumentFailed)
    assert end.reason is DocumentFailure.NO_PAGE_RECOGNIZED


def test_a_document_that_was_accepted_is_not_rejected_after() -> None:
    assert Memory().take_all([DOCUMENT.accepted(), DOCUMENT.rejected()]).state() is DocumentState.OPEN


@pytest.mark.parametrize("outcomes", [[DOCUMENT.accepted()], [], [DOCUMENT.accepted(), DOCUMENT.recognized(1)]])
def test_a_document_past_its_deadline_fails_wherever_it_stands(outcomes: list[Outcome]) -> None:
    memory = Memory().take_all([*outcomes, DOCUMENT.overdue()])
    assert memory.state() is DocumentState.FAILED
    assert memory.said[-1] == DOCUMENT.overdue()


@pytest.mark.parametrize("state", sorted(ENDED))
def test_a_document_that_ended_never_changes(state: DocumentState) -> None:
    ended = Known(document=Document(state=state, pages=3), pages={})
    assert reduce(apply, _ANY, ended) == ended
