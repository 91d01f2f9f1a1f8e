"""What intake says of an upload."""

from dataclasses import dataclass, field, replace

import pytest

from events.document import DocumentAccepted, DocumentRejected, DocumentUploaded, Options
from events.event import Event
from events.identity import document_id
from events.page import PageFailed, PageRecognized, PageRequested
from events.reasons import Rejection
from functions.intake.examination import Examined, Examiner
from functions.intake.finding import Found, is_ours
from functions.intake.handler import Desk, handle
from functions.intake.inspection import PageSeen
from functions.intake.refusal import Refusal
from functions.intake.settings import IntakeSettings
from functions.runtime.errors import Unavailable
from functions.runtime.readings import Readings
from functions.runtime.storage import Stored
from tests.fakes import MemoryStorage

BUCKET, KEY = "pagebus-uploads", "in/acme/Größe & b+c 100%.pdf"
UPLOAD = DocumentUploaded(bucket=BUCKET, key=KEY)
SCAN = Examined(
    sha256="a" * 64,
    media_type="application/pdf",
    size=5,
    pages=2,
    seen=(
        PageSeen(page=1, text="Größe", why="the text is complete and visible"),
        PageSeen(page=2, text=None, why="the page has no text"),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Told(Examiner):
    """An examiner that is told what it sees. The real one is tested on real documents, in the sandbox."""

    seen: Examined = SCAN
    asked: list[tuple[int, bool]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def examine(self, found: Found, stored: Stored, *, text: bool) -> Examined:  # noqa: ARG002  # the real one's
        if self.refusals:
            raise self.refusals.pop()
        self.asked.append((found.upload.first_page, text))
        return self.seen


def settings(**changes: object) -> IntakeSettings:
    return IntakeSettings.model_validate({"kafka_bootstrap_servers": "unused:9092", **changes})


def desk(seen: Examined = SCAN, **changes: object) -> Desk:
    storage = MemoryStorage()
    chosen = settings(**changes)
    return Desk(
        storage=storage,
        examiner=Told(storage=storage, sandbox=None, settings=chosen, seen=seen),  # type: ignore[arg-type]  # not asked
        readings=Readings(storage, "pagebus-results"),
        engines=lambda: frozenset({"tesseract", "toy"}),
        settings=chosen,
    )


def store(at: Desk, key: str = KEY, body: bytes = b"bytes", metadata: dict[str, str] | None = None) -> Stored:
    assert isinstance(at.storage, MemoryStorage)
    return at.storage.add(BUCKET, key, body, metadata)


def rejection(events: list[Event]) -> DocumentRejected:
    [rejected] = events
    assert isinstance(rejected, DocumentRejected)
    return rejected


def test_an_upload_is_accepted_with_a_plan_a_text_and_a_request() -> None:
    at = desk()
    stored = store(at)

    accepted, text, request = handle((UPLOAD,), desk=at)

    name = document_id(tenant="acme", bucket=BUCKET, key=KEY, etag=stored.etag)
    assert isinstance(accepted, DocumentAccepted)
    assert (accepted.document, accepted.tenant, accepted.pages, accepted.bulk) == (name, "acme", 2, False)
    assert [(plan.page, plan.route) for plan in accepted.plan] == [(1, ()), (2, ("tesseract",))]
    assert isinstance(text, PageRecognized)
    assert (text.page, text.text, text.engine) == (1, "Größe", "textlayer")
    assert isinstance(request, PageRequested)
    assert (request.page, request.engine, request.route, request.languages) == (2, "tesseract", (), ("deu",))


def test_the_same_announcement_twice_says_the_same_under_the_same_ids() -> None:
    at = desk()
    store(at)

    first, second = (handle((UPLOAD,), desk=at) for _ in range(2))

    assert [event.id for event in first] == [event.id for event in second]


def test_the_spelling_of_the_key_that_exists_is_taken() -> None:
    at = desk()
    store(at, "in/acme/%2B+ +.png")
    decoded, raw = (UPLOAD.model_copy(update={"key": key}) for key in ("in/acme/++  .png", "in/acme/%2B+ +.png"))

    accepted, *_ = handle((decoded, raw), desk=at)

    assert isinstance(accepted, DocumentAccepted)
    assert accepted.key == "in/acme/%2B+ +.png"


@pytest.mark.parametrize(
    ("upload", "reason"),
    [
        (UPLOAD.model_copy(update={"key": "in/acme/other.pdf"}), "not_found"),
        (UPLOAD.model_copy(update={"key": "elsewhere/a.pdf"}), "outside_tenant_folder"),
        (UPLOAD.model_copy(update={"key": "in/a.pdf"}), "outside_tenant_folder"),
        (UPLOAD.model_copy(update={"bucket": "somebodys"}), "outside_tenant_folder"),
        (UPLOAD.model_copy(update={"options": Options(engines=("crystalball",))}), "unknown_engine"),
    ],
)
def test_what_cannot_be_read_is_rejected_with_a_reason(upload: DocumentUploaded, reason: str) -> None:
    at = desk()
    store(at)

    rejected = rejection(handle((upload,), desk=at))

    assert rejected.reason == reason
    assert rejected.message.endswith(".")


def test_an_object_without_bytes_or_with_too_many_is_rejected() -> None:
    at = desk(max_document_bytes=4)

    store(at, body=b"")
    assert rejection(handle((UPLOAD,), desk=at)).reason == "empty"
    store(at, body=b"12345")
    assert rejection(handle((UPLOAD,), desk=at)).reason == "too_large"


def test_a_store_that_is_away_is_no_reason_to_reject() -> None:
    at = desk()
    assert isinstance(at.storage, MemoryStorage)
    at.storage.away = True

    with pytest.raises(Unavailable):
        handle((UPLOAD,), desk=at)


def test_wishes_come_from_the_event_then_the_object_then_the_settings() -> None:
    at = desk()
    noted = {"pagebus-languages": "eng", "pagebus-engines": "toy, tesseract", "pagebus-min-confidence": "0.3"}
    store(at, metadata={**noted, "unrelated": "x"})
    upload = UPLOAD.model_copy(update={"options": Options(min_confidence=0.9)})

    accepted, *_ = handle((upload,), desk=at)

    assert isinstance(accepted, DocumentAccepted)
    assert (accepted.languages, accepted.engines, accepted.min_confidence) == (("eng",), ("toy", "tesseract"), 0.9)
    assert accepted.outputs == ("text", "markdown", "json")


@pytest.mark.parametrize("name", ["min-confidence", "languages", "outputs", "callback", "run", "langauges"])
def test_metadata_that_makes_no_sense_is_refused_by_name(name: str) -> None:
    at = desk()
    store(at, metadata={f"pagebus-{name}": "Qu atsch"})

    rejected = rejection(handle((UPLOAD,), desk=at))

    assert rejected.reason == "bad_options"
    assert f"x-amz-meta-pagebus-{name}" in rejected.message
    assert "Qu" not in rejected.message


@pytest.mark.parametrize(
    ("options", "metadata"),
    [(Options(callback="https://example.org/x"), {}), (Options(), {"pagebus-callback": "https://example.org/x"})],
    ids=["event", "metadata"],
)
def test_a_call_back_is_refused_because_nobody_would_make_it(options: Options, metadata: dict[str, str]) -> None:
    at = desk()
    store(at, metadata=metadata)

    rejected = rejection(handle((UPLOAD.model_copy(update={"options": options}),), desk=at))

    assert rejected.reason == "bad_options"
    assert "pagebus.documents" in rejected.message
    assert "example" not in rejected.message


@pytest.mark.parametrize("run", ["0", "1"])
def test_a_run_is_asked_for_by_an_event_and_not_by_metadata(run: str) -> None:
    at = desk()
    stored = store(at, metadata={"pagebus-run": run})

    rejected = rejection(handle((UPLOAD,), desk=at))

    assert rejected.reason == "bad_options"
    assert "x-amz-meta-pagebus-run" in rejected.message
    assert rejected.document == document_id(tenant="acme", bucket=BUCKET, key=KEY, etag=stored.etag)


def test_an_event_that_asks_for_a_run_gets_it() -> None:
    at = desk()
    stored = store(at)

    accepted, *_ = handle((UPLOAD.model_copy(update={"options": Options(run=1)}),), desk=at)

    assert isinstance(accepted, DocumentAccepted)
    assert accepted.document == document_id(tenant="acme", bucket=BUCKET, key=KEY, etag=stored.etag, run=1)


def test_who_names_engines_gets_them_and_no_text_layer() -> None:
    at = desk()
    store(at)

    handle((UPLOAD.model_copy(update={"options": Options(engines=("toy",))}),), desk=at)

    assert isinstance(at.examiner, Told)
    assert at.examiner.asked == [(1, False)]


def test_a_long_document_goes_on_in_a_further_event_pinned_to_its_bytes() -> None:
    at = desk(replace(SCAN, pages=60), bulk_from_pages=20)
    stored = store(at)

    *events, rest = handle((UPLOAD,), desk=at)

    assert isinstance(rest, DocumentUploaded)
    assert (rest.first_page, rest.pages, rest.etag) == (3, 60, stored.etag)
    assert all(event.bulk for event in events if isinstance(event, DocumentAccepted | PageRequested))
    assert rest.id != UPLOAD.id


def test_the_rest_of_a_document_whose_bytes_are_gone_fails_page_by_page() -> None:
    at = desk()
    store(at)
    rest = UPLOAD.model_copy(update={"first_page": 3, "pages": 200, "etag": "0" * 32})

    failed = handle((rest,), desk=at)

    assert [event.page for event in failed if isinstance(event, PageFailed)] == list(range(3, 201))
    assert {event.reason for event in failed if isinstance(event, PageFailed)} == {"document_gone"}
    assert {event.subject.partition("/")[0] for event in failed if isinstance(event, PageFailed)} == {
        str(document_id(tenant="acme", bucket=BUCKET, key=KEY, etag="0" * 32))
    }


def test_a_range_that_cannot_be_looked_at_fails_alone_and_the_rest_goes_on() -> None:
    at = desk()
    stored = store(at)
    assert isinstance(at.examiner, Told)
    at.examiner.refusals.append(Refusal(Rejection.TOOK_TOO_LONG, "x"))
    rest = UPLOAD.model_copy(update={"first_page": 51, "pages": 120, "etag": stored.etag})

    *failed, further = handle((rest,), desk=at)

    assert [event.page for event in failed if isinstance(event, PageFailed)] == list(range(51, 101))
    assert isinstance(further, DocumentUploaded)
    assert (further.first_page, further.pages) == (101, 120)


def test_bytes_that_were_replaced_before_they_were_read_end_and_the_new_ones_are_read() -> None:
    at = desk()
    stored = store(at)

    ended, accepted, *_ = handle((UPLOAD.model_copy(update={"etag": "0" * 32}),), desk=at)

    assert isinstance(ended, DocumentRejected)
    assert (ended.reason, ended.etag) == ("not_found", "0" * 32)
    assert isinstance(accepted, DocumentAccepted)
    assert accepted.etag == stored.etag


def test_our_own_default_engine_without_a_topic_is_waited_for() -> None:
    at = desk(route="surya")
    store(at)

    with pytest.raises(Unavailable):
        handle((UPLOAD,), desk=at)


@pytest.mark.parametrize(
    ("bucket", "key", "ours"),
    [
        (BUCKET, KEY, True),
        (BUCKET, "in/a.pdf", True),
        ("pagebus-results", "readings/x.json", False),
        (BUCKET, "announced/acme/a.pdf", False),
        (BUCKET, "in/acme/", False),
    ],
)
def test_a_notification_of_something_else_than_an_upload_is_passed_over(bucket: str, key: str, ours: bool) -> None:  # noqa: FBT001  # a row's expectation
    assert is_ours((DocumentUploaded(bucket=bucket, key=key),), BUCKET) is ours
