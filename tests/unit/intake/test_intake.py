"""What intake says of an upload."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from events.document import DocumentAccepted, DocumentRejected, DocumentUploaded, Options
from events.identity import document_id
from events.page import PageFailed, PageRecognized, PageRequested
from events.reasons import Rejection
from functions.intake.finding import is_ours
from functions.intake.handler import handle
from functions.intake.refusal import Refusal
from functions.runtime.errors import Unavailable
from tests.fakes import MemoryStorage
from tests.unit.intake.intake_desk import BUCKET, KEY, SCAN, UPLOAD, Told, desk, rejection, store


def test_an_upload_is_accepted_with_a_plan_a_text_and_a_request() -> None:
    at = desk()
    stored = store(at)

    accepted, text, request = handle((UPLOAD,), announced=None, desk=at)

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

    first, second = (handle((UPLOAD,), announced=None, desk=at) for _ in range(2))

    assert [event.id for event in first] == [event.id for event in second]


def test_the_spelling_of_the_key_that_exists_is_taken() -> None:
    at = desk()
    store(at, "in/acme/%2B+ +.png")
    decoded, raw = (UPLOAD.model_copy(update={"key": key}) for key in ("in/acme/++  .png", "in/acme/%2B+ +.png"))

    accepted, *_ = handle((decoded, raw), announced=None, desk=at)

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

    rejected = rejection(handle((upload,), announced=None, desk=at))

    assert rejected.reason == reason
    assert rejected.message.endswith(".")


def test_an_object_without_bytes_or_with_too_many_is_rejected() -> None:
    at = desk(max_document_bytes=4)

    store(at, body=b"")
    assert rejection(handle((UPLOAD,), announced=None, desk=at)).reason == "empty"
    store(at, body=b"12345")
    assert rejection(handle((UPLOAD,), announced=None, desk=at)).reason == "too_large"


def test_a_store_that_is_away_is_no_reason_to_reject() -> None:
    at = desk()
    assert isinstance(at.storage, MemoryStorage)
    at.storage.away = True

    with pytest.raises(Unavailable):
        handle((UPLOAD,), announced=None, desk=at)


def test_a_long_document_goes_on_in_a_further_event_pinned_to_its_bytes() -> None:
    at = desk(replace(SCAN, pages=60), bulk_from_pages=20)
    stored = store(at)

    *events, rest = handle((UPLOAD,), announced=None, desk=at)

    assert isinstance(rest, DocumentUploaded)
    assert (rest.first_page, rest.pages, rest.etag) == (3, 60, stored.etag)
    assert all(event.bulk for event in events if isinstance(event, DocumentAccepted | PageRequested))
    assert rest.id != UPLOAD.id


def test_the_rest_of_a_document_whose_bytes_are_gone_fails_page_by_page() -> None:
    at = desk()
    store(at)
    rest = UPLOAD.model_copy(update={"first_page": 3, "pages": 200, "etag": "0" * 32})

    failed = handle((rest,), announced=None, desk=at)

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

    *failed, further = handle((rest,), announced=None, desk=at)

    assert [event.page for event in failed if isinstance(event, PageFailed)] == list(range(51, 101))
    assert isinstance(further, DocumentUploaded)
    assert (further.first_page, further.pages) == (101, 120)


def test_bytes_that_were_replaced_before_they_were_read_end_and_the_new_ones_are_read() -> None:
    at = desk()
    stored = store(at)

    ended, accepted, *_ = handle((UPLOAD.model_copy(update={"etag": "0" * 32}),), announced=None, desk=at)

    assert isinstance(ended, DocumentRejected)
    assert (ended.reason, ended.etag) == ("not_found", "0" * 32)
    assert isinstance(accepted, DocumentAccepted)
    assert accepted.etag == stored.etag


def test_our_own_default_engine_without_a_topic_is_waited_for() -> None:
    at = desk(route="surya")
    store(at)

    with pytest.raises(Unavailable):
        handle((UPLOAD,), announced=None, desk=at)


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


def test_a_document_counts_from_its_announcement_and_its_rest_from_the_same_moment() -> None:
    at = desk(pages_per_event=2, seen=replace(SCAN, pages=3))
    store(at)
    sent = datetime.now(UTC)
    accepted, *_, rest = handle((UPLOAD,), announced=sent, desk=at)
    assert isinstance(rest, DocumentUploaded)
    later, *_ = handle((rest,), announced=datetime.now(UTC), desk=at)
    assert [event.model_dump()["uploaded_at"] for event in (accepted, later)] == [sent, sent]


@pytest.mark.parametrize("claimed", [datetime(1999, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)])
def test_an_announcement_that_cannot_be_true_is_as_old_as_its_object_at_most_and_never_of_the_future(
    claimed: datetime,
) -> None:
    at = desk()
    stored = store(at)
    accepted, *_ = handle((UPLOAD,), announced=claimed, desk=at)
    assert stored.modified <= accepted.model_dump()["uploaded_at"] <= datetime.now(UTC)
