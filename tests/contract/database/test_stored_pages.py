"""The stored result of a page: the first one is final, and all engine seconds count."""

from events.document import DocumentCompleted
from events.page import Seconds
from functions.runtime.database import Database
from tests.contract.database.rows import persist_outcome, select_rows
from tests.unit.persistence.outcomes import ExampleDocument


def test_seconds_of_other_engines_are_stored_and_summed(database: Database) -> None:
    example = ExampleDocument("a.pdf", pages=1)
    seconds = Seconds(waiting=0.5, starting=0.25, reading=1.5, others={"rapidocr": 4.0, "surya": 2.0})
    persist_outcome(database, example.make_accepted())
    persist_outcome(database, example.make_recognized(1, seconds=seconds))
    (end,) = persist_outcome(database, example.make_assembled())

    assert select_rows(database, "SELECT seconds_reading, seconds_others FROM pages") == [
        {"seconds_reading": 1.5, "seconds_others": 6.0}
    ]
    assert isinstance(end, DocumentCompleted)
    assert end.engine_seconds == 7.5


def test_later_better_reading_changes_nothing(database: Database) -> None:
    example = ExampleDocument("a.pdf", pages=2)
    persist_outcome(database, example.make_accepted())
    persist_outcome(database, example.make_recognized(1, confidence=0.4, best_effort=True))

    assert persist_outcome(database, example.make_recognized(1, engine="rapidocr", confidence=0.9)) == []

    assert select_rows(database, "SELECT engine, confidence, best_effort FROM pages WHERE page = 1") == [
        {"engine": "tesseract", "confidence": 0.4, "best_effort": True}
    ]
