from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from events.catalogue import Outcome
from events.document import DocumentAccepted, DocumentFailed, DocumentRecognized, DocumentUploaded
from events.envelope import Envelope
from events.event import Event
from events.page import PageFailed, PageRequested
from events.reasons import DocumentFailure, PageFailure
from functions.dead_letter.store import keep
from functions.persistence.handler import handle as commit
from functions.persistence.unsaid import forgetting
from functions.reconciler import unseen
from functions.reconciler.handler import Rounds, handle
from functions.reconciler.settings import ReconcilerSettings
from functions.runtime.database import Database
from functions.runtime.errors import Unavailable
from functions.runtime.storage import Storage
from functions.runtime.trace import UNTRACED, Trace
from tests.contract.database.rows import document_row, execute, rows
from tests.unit.persistence.outcomes import Made

PING = Envelope(id="1", source="/ping", type="dev.knative.sources.ping")
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
LETTER = Made("letter.pdf", pages=3)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def settings(s3: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> ReconcilerSettings:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    return ReconcilerSettings(
        kafka_bootstrap_servers="nowhere",
        database_url="nowhere",
        aws_endpoint_url=s3,
        uploads_bucket=f"uploads-{abs(hash(request.node.name))}",
        unseen_seconds=0,
    )


@dataclass
class Said:
    """What was published, and under which trace."""

    events: list[Event] = field(default_factory=list)
    traces: list[str | None] = field(default_factory=list)
    is_down: bool = False

    def publish(self, events: Sequence[Event], trace: Trace = UNTRACED) -> None:
        if self.is_down:
            raise Unavailable
        self.events += events
        self.traces.append(trace.origin)

    def topics(self) -> frozenset[str]:
        if self.is_down:
            raise Unavailable
        return frozenset()

    def taken(self) -> list[Event]:
        events, self.events = self.events, []
        return events


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def upload(settings: ReconcilerSettings) -> Callable[[str], None]:
    client = boto3.client("s3", endpoint_url=settings.aws_endpoint_url, region_name=settings.aws_region)
    client.create_bucket(Bucket=settings.uploads_bucket)
    return lambda key: client.put_object(Bucket=settings.uploads_bucket, Key=key, Body=key.encode())


@pytest.fixture
def rounds(database: Database, settings: ReconcilerSettings, said: Said, upload: object) -> Rounds:
    assert upload
    return Rounds(
        database=database, storage=Storage(settings), publish=said.publish, topics=said.topics, settings=settings
    )


@pytest.fixture
def take(database: Database) -> Callable[..., None]:
    """Commit outcomes, and publish to nobody."""

    def take(*outcomes: Outcome) -> None:
        say = forgetting(lambda events, trace=UNTRACED: None, database)  # noqa: ARG005  # nobody
        for outcome in outcomes:
            say(commit(outcome, traceparent=TRACEPARENT, database=database))

    return take


def age(database: Database, seconds: float) -> None:
    """Let time pass."""
    execute(
        database,
        "UPDATE documents SET created_at = created_at - past, pushed_at = pushed_at - past "
        "FROM make_interval(secs => %s) AS past",
        seconds,
    )
    execute(database, "UPDATE unsaid SET since = since - make_interval(secs => %s)", seconds)


def look(rounds: Rounds) -> None:
    assert handle(PING, rounds=rounds) == []


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


def test_a_document_that_moves_is_left_alone(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None]
) -> None:
    take(LETTER.accepted())
    age(database, 299)
    look(rounds)
    assert said.events == []


def test_pages_without_a_result_are_requested_again_with_growing_pauses(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None]
) -> None:
    take(LETTER.accepted(), LETTER.recognized(2))
    for attempt, pause in ((2, 300), (3, 600), (4, 1200), (5, 2400), (6, 3600), (7, 3600)):
        age(database, pause - 5)
        look(rounds)
        assert said.events == []
        age(database, 6)
        look(rounds)
        events = said.taken()
        assert [type(event) for event in events] == [PageRequested, PageRequested]
        assert [(e.page, e.attempt) for e in events if isinstance(e, PageRequested)] == [(1, attempt), (3, attempt)]
    assert set(said.traces) == {TRACEPARENT}


def test_a_document_that_moved_is_patient_again(database: Database, rounds: Rounds, take: Callable[..., None]) -> None:
    take(LETTER.accepted())
    age(database, 301)
    look(rounds)
    assert document_row(database, LETTER)["pushes"] == 1
    take(LETTER.recognized(1))
    assert document_row(database, LETTER)["pushes"] == 0


def test_a_range_that_is_missing_is_planned_again(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None]
) -> None:
    take(LETTER.accepted(1, 1), LETTER.recognized(1))
    age(database, 301)
    look(rounds)
    (event,) = said.events
    assert isinstance(event, DocumentUploaded)
    assert (event.first_page, event.options.languages, event.options.engines) == (2, ("deu", "eng"), ("tesseract",))


def test_a_text_layer_that_was_lost_is_read_again_by_intake(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None]
) -> None:
    take(LETTER.accepted(route=()), LETTER.recognized(1))
    age(database, 301)
    look(rounds)
    (event,) = said.events
    assert isinstance(event, DocumentUploaded)
    assert event.first_page == 2


def test_pages_that_came_without_an_acceptance_have_their_document_announced(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None]
) -> None:
    take(*(LETTER.recognized(n) for n in (1, 2, 3)))
    age(database, 301)
    look(rounds)
    assert [type(event) for event in said.events] == [DocumentUploaded]


def test_a_document_that_is_not_assembled_is_sent_there_again(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None]
) -> None:
    take(LETTER.accepted(), *(LETTER.recognized(n) for n in (1, 2, 3)))
    age(database, 301)
    look(rounds)
    assert [type(event) for event in said.events] == [DocumentRecognized]


def letter(page: int, code: str | None) -> Envelope:
    extensions = {"knativeerrordest": "http://tesseract"} | ({"knativeerrorcode": code} if code else {})
    subject = f"{LETTER.origin['document']}/pages/{page}"
    return Envelope(
        id=str(page), source="/pagebus/intake", type=PageRequested.TYPE, subject=subject, extensions=extensions
    )


def test_only_a_page_that_ends_its_engine_is_given_up(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None]
) -> None:
    take(LETTER.accepted())
    keep(database, letter(1, "502"))
    keep(database, letter(2, "503"))
    keep(database, letter(3, None))
    execute(database, "UPDATE pages SET attempts = 5")
    age(database, 301)
    look(rounds)
    assert [type(event) for event in said.events] == [PageFailed, PageRequested, PageRequested]
    failed = said.events[0]
    assert isinstance(failed, PageFailed)
    assert (failed.page, failed.reason) == (1, PageFailure.GAVE_UP)


@pytest.mark.parametrize("outcomes", [(), (LETTER.accepted(),), (LETTER.recognized(1),)])
def test_a_document_past_its_deadline_ends(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None], outcomes: tuple[Any, ...]
) -> None:
    take(*(outcomes or (LETTER.accepted(), *(LETTER.failed(n) for n in (1, 2, 3)))))
    age(database, 24 * 3600 + 1)
    look(rounds)
    (event,) = said.events
    assert isinstance(event, DocumentFailed)
    assert event.reason is DocumentFailure.DEADLINE_EXCEEDED
    take(event)
    assert document_row(database, LETTER)["state"] == "failed"
    age(database, 24 * 3600)
    said.taken()
    look(rounds)
    assert said.events == []


def test_what_was_committed_and_never_published_is_said_in_the_end(
    database: Database, rounds: Rounds, said: Said
) -> None:
    commit(LETTER.accepted(), traceparent=TRACEPARENT, database=database)
    age(database, 299)
    look(rounds)
    assert said.taken() == []
    age(database, 2)
    execute(database, "UPDATE documents SET pushed_at = now()")
    look(rounds)
    (event,) = said.events
    assert isinstance(event, DocumentAccepted)
    assert commit(event, traceparent=None, database=database) == [event]


def test_nothing_is_counted_while_kafka_is_away(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None]
) -> None:
    take(LETTER.accepted())
    age(database, 301)
    said.is_down = True
    with pytest.raises(Unavailable):
        look(rounds)
    assert document_row(database, LETTER)["pushes"] == 0


def test_two_looks_at_once_say_everything_once(
    database: Database, rounds: Rounds, said: Said, take: Callable[..., None], upload: Callable[[str], None]
) -> None:
    documents = [Made(f"{n}.pdf", pages=2) for n in range(20)]
    take(*(made.accepted() for made in documents))
    for n in range(10):
        upload(f"in/acme/{n}.png")
    age(database, 301)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(look, [rounds, rounds]))
    assert len(said.events) == 50
    assert len({event.id for event in said.events}) == 50
    assert rows(database, "SELECT DISTINCT attempts FROM pages") == [{"attempts": 2}]
