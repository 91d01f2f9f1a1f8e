"""What intake says of an upload."""

from dataclasses import dataclass, field, replace

import pytest

from events.document import DocumentAccepted, DocumentRejected, DocumentUploaded, Options
from events.event import Event
from events.identity import document_id
from events.page import PageRecognized, PageRequested
from functions.intake.examination import Examined, Examiner
from functions.intake.finding import Found, is_ours
from functions.intake.handler import Desk, handle
from functions.intake.inspection import PageSeen
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

    def examine(self, found: Found, stored: Stored, *, text: bool) -> Examined:  # noqa: ARG002  # the real one's
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


@pytest.mark.parametrize("name", ["min-confidence", "languages", "outputs", "langauges"])
def test_metadata_that_makes_no_sense_is_refused_by_name(name: str) -> None:
    at = desk()
    store(at, metadata={f"pagebus-{name}": "Qu atsch"})

    rejected = rejection(handle((UPLOAD,), desk=at))

    assert rejected.reason == "bad_options"
    assert f"x-amz-meta-pagebus-{name}" in rejected.message
    assert "Qu" not in rejected.message


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
    assert (rest.first_page, rest.etag) == (3, stored.etag)
    assert all(event.bulk for event in events if isinstance(event, DocumentAccepted | PageRequested))
    assert rest.id != UPLOAD.id


def test_the_rest_of_a_document_is_never_taken_from_other_bytes() -> None:
    at = desk()
    store(at)
    rest = UPLOAD.model_copy(update={"first_page": 3, "etag": "0" * 32})

    rejected = rejection(handle((rest,), desk=at))

    assert rejected.document == document_id(tenant="acme", bucket=BUCKET, key=KEY, etag="0" * 32)


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
