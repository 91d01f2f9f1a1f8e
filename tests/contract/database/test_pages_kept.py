"""What is kept of a page, and that it is kept once."""

from collections.abc import Callable

import pytest

from events.catalogue import Outcome
from events.document import DocumentCompleted
from events.event import Event
from events.page import Seconds
from functions.persistence.handler import handle
from functions.persistence.unsaid import forgetting
from functions.runtime.database import Database
from functions.runtime.trace import UNTRACED
from tests.contract.database.rows import rows
from tests.unit.persistence.outcomes import Made

Take = Callable[[Outcome], list[Event]]


@pytest.fixture
def take(database: Database) -> Take:
    """Commit an outcome; what is said of it."""
    say = forgetting(lambda events, trace=UNTRACED: None, database)  # noqa: ARG005  # to nobody

    def take(outcome: Outcome) -> list[Event]:
        facts = handle(outcome, traceparent=None, database=database).facts
        say(facts)
        return facts

    return take


def test_what_other_engines_spent_on_a_page_is_kept_and_counts(database: Database, take: Take) -> None:
    made = Made("a.pdf", pages=1)
    seconds = Seconds(waiting=0.5, starting=0.25, reading=1.5, others={"rapidocr": 4.0, "surya": 2.0})
    take(made.accepted())
    take(made.recognized(1, seconds=seconds))
    (end,) = take(made.assembled())

    assert rows(database, "SELECT seconds_reading, seconds_others FROM pages") == [
        {"seconds_reading": 1.5, "seconds_others": 6.0}
    ]
    assert isinstance(end, DocumentCompleted)
    assert end.engine_seconds == 7.5


def test_a_better_reading_that_comes_after_a_page_has_one_changes_nothing(database: Database, take: Take) -> None:
    made = Made("a.pdf", pages=2)
    take(made.accepted())
    take(made.recognized(1, confidence=0.4, best_effort=True))

    assert take(made.recognized(1, engine="rapidocr", confidence=0.9)) == []

    assert rows(database, "SELECT engine, confidence, best_effort FROM pages WHERE page = 1") == [
        {"engine": "tesseract", "confidence": 0.4, "best_effort": True}
    ]
