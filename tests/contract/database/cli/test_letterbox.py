"""Which dead letters are meant, asked of PostgreSQL."""

from dataclasses import replace

import pytest

from events.catalogue import RAW
from events.envelope import Envelope
from events.page import PageRequested
from functions.dead_letter.store import keep
from functions.runtime.database import Database
from local.cli.dead_letters import letterbox
from local.cli.dead_letters.letterbox import Meant
from local.cli.errors import Failed, Impossible
from tests.contract.database.rows import execute
from tests.unit.persistence.outcomes import Made

MADE = Made("a.pdf", pages=3)
DOCUMENT = str(MADE.origin["document"])
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
    type=RAW,
    extensions={"knativeerrordest": "http://intake-too.default.svc.cluster.local:8080/", "knativeerrorcode": "503"},
    data=b"\xff",
)


@pytest.fixture
def kept(database: Database) -> Database:
    """Three letters, of which the page is the newest and the notification is two hours old."""
    for letter in (NOTIFICATION, UPLOAD, PAGE):
        keep(database, letter)
    execute(database, "UPDATE dead_letters SET last_at = last_at - interval '2 hours' WHERE id = 'raw'")
    return database


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("meant", "ids"),
    [
        (Meant(), ["page", "upload", "raw"]),
        (Meant(type="page.requested"), ["page"]),
        (Meant(type=PageRequested.TYPE), ["page"]),
        (Meant(type="document.*"), ["upload"]),
        (Meant(type="raw record"), ["raw"]),
        (Meant(type="page_requested"), []),
        (Meant(code="422"), ["page"]),
        (Meant(code="none"), ["upload"]),
        (Meant(source="/somebody"), ["upload"]),
        (Meant(function="intake"), ["upload"]),
        (Meant(function="intake-too"), ["raw"]),
        (Meant(function="in.ake"), []),
        (Meant(since="1h"), ["page", "upload"]),
        (Meant(since="1d"), ["page", "upload", "raw"]),
        (Meant(since="999999999d"), ["page", "upload", "raw"]),
        (Meant(document=DOCUMENT[:6]), ["page", "upload"]),
        (Meant(document=DOCUMENT.replace("-", "").upper()), ["page", "upload"]),
        (Meant(document="0" * 32), []),
        (Meant(function="intake", code="422"), []),
    ],
)
def test_a_letter_is_meant_that_fits_everything_that_is_said(url: str, meant: Meant, ids: list[str]) -> None:
    count, listed = letterbox.listed(url, meant, None)

    assert [letter.id for letter in listed] == ids
    assert count == len(ids)
    assert {str(one) for one in letterbox.chosen(url, meant, None)} == {letter.letter for letter in listed}


@pytest.mark.parametrize(
    "meant", [Meant(code="4x2"), Meant(code="9" * 12), Meant(since="soon"), Meant(document="xyz"), Meant(document="")]
)
def test_what_makes_no_sense_is_refused(url: str, meant: Meant) -> None:
    with pytest.raises(Impossible):
        letterbox.listed(url, meant, None)


@pytest.mark.usefixtures("kept")
def test_a_limit_bounds_what_is_listed_and_not_what_is_counted(url: str) -> None:
    count, listed = letterbox.listed(url, Meant(), 2)

    assert (count, [letter.id for letter in listed]) == (3, ["page", "upload"])


@pytest.mark.usefixtures("kept")
def test_the_oldest_are_chosen_first_and_only_among_those_that_are_named(url: str) -> None:
    by_id = {letter.id: letter.letter for letter in letterbox.listed(url, Meant(), None)[1]}
    everything = letterbox.chosen(url, Meant(), None)

    assert [str(one) for one in everything] == [by_id["raw"], by_id["upload"], by_id["page"]]
    assert letterbox.chosen(url, Meant(function="tesseract"), everything[:2]) == []
    assert letterbox.chosen(url, Meant(), everything[1:2]) == everything[1:2]


@pytest.mark.usefixtures("kept")
def test_a_letter_is_found_by_the_beginning_of_its_id(url: str) -> None:
    newest = letterbox.listed(url, Meant(), 1)[1][0]

    found = letterbox.find(url, newest.short)

    assert found == newest
    assert (found.function, found.code, found.times, found.is_out) == ("tesseract", 422, 1, False)
    said = letterbox.said(url, found.letter)
    assert (said["data"], said["kafka_partition"], said["kafka_offset"]) == (b"not JSON", 3, 99)
    assert said["extensions"]["tracestate"] == "a=b"


def test_an_id_that_nobody_has_is_a_failure(url: str) -> None:
    with pytest.raises(Failed, match="dead-letters list"):
        letterbox.find(url, "0f")


def test_letters_about_a_document_are_those_of_it_and_of_the_pages_that_are_named(kept: Database, url: str) -> None:
    keep(kept, replace(PAGE, id="other page", subject=f"{DOCUMENT}/pages/3"))
    keep(kept, replace(PAGE, id="document", subject=DOCUMENT))

    assert [letter.id for letter in letterbox.about(url, DOCUMENT, [2], 10)] == ["document", "page"]
    assert [letter.id for letter in letterbox.about(url, DOCUMENT, [2, 3], 1)] == ["document"]
