"""Filters that select dead letters in PostgreSQL."""

from dataclasses import replace

import pytest

from events.catalogue import RAW_RECORD_TYPE
from events.envelope import Envelope
from events.page import PageRequested
from functions.dead_letter.store import save_dead_letter
from functions.runtime.database import Database
from local.cli.queries import dead_letters
from local.cli.queries.dead_letters import DeadLetterFilter
from local.cli.shell.errors import CommandFailedError, UsageError
from tests.contract.database.rows import execute
from tests.unit.persistence.outcomes import ExampleDocument

MADE = ExampleDocument("a.pdf", pages=3)
DOCUMENT = str(MADE.document_id)
REFUSED = {"knativeerrordest": "http://tesseract.default.svc.cluster.local", "knativeerrorcode": "422"}
PAGE = Envelope(
    id="page",
    source="/pagebus/intake",
    type=PageRequested.TYPE,
    subject=f"{DOCUMENT}/pages/2",
    extensions={**REFUSED, "tracestate": "a=b", "knativekafkapartition": "3", "knativekafkaoffset": "99"},
    data=b"not JSON",
)
UPLOAD = Envelope(
    id="upload",
    source="/somebody",
    type="io.pagebus.document.uploaded.v1",
    traceparent=f"00-{DOCUMENT.replace('-', '')}-{'1' * 16}-01",
    extensions={"knativeerrordest": "http://intake.default.svc.cluster.local"},
    data=b"{}",
)
NOTIFICATION = Envelope(
    id="raw",
    source="/x/kafkasources/intake#pagebus.uploads",
    type=RAW_RECORD_TYPE,
    extensions={"knativeerrordest": "http://intake-too.default.svc.cluster.local:8080/", "knativeerrorcode": "503"},
    data=b"\xff",
)


@pytest.fixture
def saved(database: Database) -> Database:
    """Save three dead letters: the page is the newest, the notification is two hours old."""
    for letter in (NOTIFICATION, UPLOAD, PAGE):
        save_dead_letter(database, letter)
    execute(database, "UPDATE dead_letters SET last_at = last_at - interval '2 hours' WHERE id = 'raw'")
    return database


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize(
    ("dead_letter_filter", "ids"),
    [
        (DeadLetterFilter(), ["page", "upload", "raw"]),
        (DeadLetterFilter(type="page.requested"), ["page"]),
        (DeadLetterFilter(type=PageRequested.TYPE), ["page"]),
        (DeadLetterFilter(type="document.*"), ["upload"]),
        (DeadLetterFilter(type="raw record"), ["raw"]),
        (DeadLetterFilter(type="page_requested"), []),
        (DeadLetterFilter(code="422"), ["page"]),
        (DeadLetterFilter(code="none"), ["upload"]),
        (DeadLetterFilter(source="/somebody"), ["upload"]),
        (DeadLetterFilter(function="intake"), ["upload"]),
        (DeadLetterFilter(function="intake-too"), ["raw"]),
        (DeadLetterFilter(function="in.ake"), []),
        (DeadLetterFilter(since="1h"), ["page", "upload"]),
        (DeadLetterFilter(since="1d"), ["page", "upload", "raw"]),
        (DeadLetterFilter(since="999999999d"), ["page", "upload", "raw"]),
        (DeadLetterFilter(document=DOCUMENT[:6]), ["page", "upload"]),
        (DeadLetterFilter(document=DOCUMENT.replace("-", "").upper()), ["page", "upload"]),
        (DeadLetterFilter(document="0" * 32), []),
        (DeadLetterFilter(function="intake", code="422"), []),
    ],
)
def test_filter_selects_letters_that_match_all_fields(
    url: str, dead_letter_filter: DeadLetterFilter, ids: list[str]
) -> None:
    count, listed = dead_letters.list_dead_letters(url, dead_letter_filter, None)

    assert [letter.id for letter in listed] == ids
    assert count == len(ids)
    assert {str(letter) for letter in dead_letters.select_ids(url, dead_letter_filter, None)} == {
        letter.letter for letter in listed
    }


@pytest.mark.parametrize(
    "dead_letter_filter",
    [
        DeadLetterFilter(code="4x2"),
        DeadLetterFilter(code="9" * 12),
        DeadLetterFilter(since="soon"),
        DeadLetterFilter(document="xyz"),
        DeadLetterFilter(document=""),
    ],
)
def test_malformed_filter_is_usage_error(url: str, dead_letter_filter: DeadLetterFilter) -> None:
    with pytest.raises(UsageError):
        dead_letters.list_dead_letters(url, dead_letter_filter, None)


@pytest.mark.usefixtures("saved")
def test_limit_applies_to_list_but_not_count(url: str) -> None:
    count, listed = dead_letters.list_dead_letters(url, DeadLetterFilter(), 2)

    assert (count, [letter.id for letter in listed]) == (3, ["page", "upload"])


@pytest.mark.usefixtures("saved")
def test_oldest_letters_are_selected_first(url: str) -> None:
    by_id = {letter.id: letter.letter for letter in dead_letters.list_dead_letters(url, DeadLetterFilter(), None)[1]}
    everything = dead_letters.select_ids(url, DeadLetterFilter(), None)

    assert [str(letter) for letter in everything] == [by_id["raw"], by_id["upload"], by_id["page"]]
    assert dead_letters.select_ids(url, DeadLetterFilter(function="tesseract"), everything[:2]) == []
    assert dead_letters.select_ids(url, DeadLetterFilter(), everything[1:2]) == everything[1:2]


@pytest.mark.usefixtures("saved")
def test_letter_is_found_by_id_prefix(url: str) -> None:
    newest = dead_letters.list_dead_letters(url, DeadLetterFilter(), 1)[1][0]

    found = dead_letters.find_dead_letter(url, newest.short_id)

    assert found == newest
    assert (found.function, found.code, found.times, found.is_out) == ("tesseract", 422, 1, False)
    event = dead_letters.load_event(url, found.letter)
    assert (event["data"], event["kafka_partition"], event["kafka_offset"]) == (b"not JSON", 3, 99)
    assert event["extensions"]["tracestate"] == "a=b"


def test_unknown_id_fails_command(url: str) -> None:
    with pytest.raises(CommandFailedError, match="dead-letters list"):
        dead_letters.find_dead_letter(url, "0f")


def test_letters_about_document_include_named_pages(saved: Database, url: str) -> None:
    save_dead_letter(saved, replace(PAGE, id="other page", subject=f"{DOCUMENT}/pages/3"))
    save_dead_letter(saved, replace(PAGE, id="document", subject=DOCUMENT))

    assert [letter.id for letter in dead_letters.find_about_document(url, DOCUMENT, [2], 10)] == ["document", "page"]
    assert [letter.id for letter in dead_letters.find_about_document(url, DOCUMENT, [2, 3], 1)] == ["document"]
