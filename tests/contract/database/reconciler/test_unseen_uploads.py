from collections.abc import Callable
from dataclasses import replace

import pytest
import structlog
from structlog.testing import capture_logs

from events.document import DocumentUploaded
from functions.reconciler import unseen
from functions.reconciler.handler import Rounds
from functions.runtime.database import Database
from tests.contract.database.reconciler.rounds import Said, age, look


def test_an_upload_that_nobody_has_seen_is_announced_once(
    rounds: Rounds, said: Said, upload: Callable[[str], None]
) -> None:
    keys = ["in/acme/%2B+ +.png", "in/acme/Größe & b+c 100%.png", "in/keyless.png"]
    for key in keys:
        upload(key)
    look(rounds)
    look(rounds)
    assert [(event.key, event.etag is None) for event in said.events if isinstance(event, DocumentUploaded)] == [
        (key, False) for key in keys
    ]


def test_folders_and_other_places_are_no_uploads(rounds: Rounds, said: Said, upload: Callable[[str], None]) -> None:
    for key in ("in/acme/", "announced/acme/a.png", "other/a.png"):
        upload(key)
    look(rounds)
    assert said.events == []


def test_an_upload_that_is_new_has_time_to_be_heard_of(
    rounds: Rounds, said: Said, upload: Callable[[str], None]
) -> None:
    upload("in/acme/a.png")
    look(replace(rounds, settings=rounds.settings.model_copy(update={"unseen_seconds": 120})))
    assert said.events == []


def test_the_next_look_goes_on_where_the_last_one_ended(
    rounds: Rounds, said: Said, upload: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unseen, "PAGE", 2)
    for n in range(5):
        upload(f"in/acme/{n}.png")
    short = replace(rounds, settings=rounds.settings.model_copy(update={"listing_pages": 1}))
    counts = []
    for _ in range(3):
        look(short)
        counts.append(len(said.taken()))
    assert counts == [2, 2, 1]
    upload("in/acme/0.jpeg")
    look(short)
    assert len(said.events) == 1


def test_an_announcement_that_is_lost_is_made_again(
    database: Database, rounds: Rounds, said: Said, upload: Callable[[str], None]
) -> None:
    upload("in/acme/a.png")
    look(rounds)
    first = said.taken()
    age(database, 301)
    look(rounds)
    assert said.events == first


@pytest.mark.parametrize("pages_at_a_time", [1, 1000])
def test_a_key_that_no_event_can_hold_stops_no_other_and_is_not_logged(
    rounds: Rounds,
    said: Said,
    upload: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    pages_at_a_time: int,
) -> None:
    monkeypatch.setattr(unseen, "PAGE", pages_at_a_time)
    monkeypatch.setattr(unseen, "log", structlog.get_logger())
    for key in ("in/acme/a.png", "in/acme/b\0secret.png", "in/acme/b\u00e4.png", "in/acme/c.png"):
        upload(key)
    with capture_logs() as logs:
        look(rounds)
    keys = [event.key for event in said.events if isinstance(event, DocumentUploaded)]
    assert keys == ["in/acme/a.png", "in/acme/b\u00e4.png", "in/acme/c.png"]
    assert [entry["passed_over"] for entry in logs if entry["event"] == "uploads.unusable_keys"] == [1]
    assert "secret" not in str(logs)
