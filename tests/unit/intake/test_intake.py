"""Events that intake publishes for an upload."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from events.document import DocumentAccepted, DocumentRejected, DocumentUploaded, Options
from events.identity import compute_document_id
from events.page import PageFailed, PageRecognized, PageRequested
from events.reasons import Rejection
from functions.intake.handler import handle_upload
from functions.intake.rejection import UploadRejected
from functions.intake.upload import is_upload
from functions.runtime.errors import Unavailable
from tests.fakes import MemoryStorage
from tests.unit.intake.intake_fakes import (
    BUCKET,
    DOCUMENT,
    KEY,
    UPLOAD,
    FakeInspector,
    add_object,
    get_rejection,
    handle,
    make_dependencies,
)


def test_upload_is_accepted_with_plan_text_and_request() -> None:
    dependencies = make_dependencies()
    info = add_object(dependencies)

    accepted, text, request = handle(dependencies)

    document = compute_document_id(tenant="acme", bucket=BUCKET, key=KEY, etag=info.etag)
    assert isinstance(accepted, DocumentAccepted)
    assert (accepted.document, accepted.tenant, accepted.pages, accepted.bulk) == (document, "acme", 2, False)
    assert [(plan.page, plan.route) for plan in accepted.plan] == [(1, ()), (2, ("tesseract",))]
    assert isinstance(text, PageRecognized)
    assert (text.page, text.text, text.engine) == (1, "Größe", "textlayer")
    assert isinstance(request, PageRequested)
    assert (request.page, request.engine, request.route, request.languages) == (2, "tesseract", (), ("deu",))


def test_repeated_announcement_publishes_the_same_event_ids() -> None:
    dependencies = make_dependencies()
    add_object(dependencies)

    first, second = (handle(dependencies) for _ in range(2))

    assert [event.id for event in first] == [event.id for event in second]


def test_key_candidate_that_exists_is_used() -> None:
    dependencies = make_dependencies()
    add_object(dependencies, "in/acme/%2B+ +.png")
    decoded, raw = (UPLOAD.model_copy(update={"key": key}) for key in ("in/acme/++  .png", "in/acme/%2B+ +.png"))

    accepted, *_ = handle_upload((decoded, raw), announced_at=None, dependencies=dependencies)

    assert isinstance(accepted, DocumentAccepted)
    assert accepted.key == "in/acme/%2B+ +.png"


@pytest.mark.parametrize(
    ("upload", "reason"),
    [
        (UPLOAD.model_copy(update={"key": "in/acme/other.pdf"}), "not_found"),
        (UPLOAD.model_copy(update={"key": "elsewhere/a.pdf"}), "outside_tenant_folder"),
        (UPLOAD.model_copy(update={"key": "in/a.pdf"}), "outside_tenant_folder"),
        (UPLOAD.model_copy(update={"bucket": "other-bucket"}), "outside_tenant_folder"),
        (UPLOAD.model_copy(update={"options": Options(engines=("crystalball",))}), "unknown_engine"),
    ],
)
def test_unusable_upload_is_rejected_with_reason(upload: DocumentUploaded, reason: str) -> None:
    dependencies = make_dependencies()
    add_object(dependencies)

    rejected = get_rejection(handle(dependencies, upload))

    assert rejected.reason == reason
    assert rejected.message.endswith(".")


def test_empty_or_too_large_object_is_rejected() -> None:
    dependencies = make_dependencies(max_document_bytes=4)

    add_object(dependencies, body=b"")
    assert get_rejection(handle(dependencies)).reason == "empty"
    add_object(dependencies, body=b"12345")
    assert get_rejection(handle(dependencies)).reason == "too_large"


def test_unavailable_store_rejects_nothing() -> None:
    dependencies = make_dependencies()
    assert isinstance(dependencies.storage, MemoryStorage)
    dependencies.storage.is_down = True

    with pytest.raises(Unavailable):
        handle(dependencies)


def test_long_document_continues_in_event_for_same_bytes() -> None:
    dependencies = make_dependencies(replace(DOCUMENT, pages=60), bulk_from_pages=20)
    info = add_object(dependencies)

    *events, next_range = handle(dependencies)

    assert isinstance(next_range, DocumentUploaded)
    assert (next_range.first_page, next_range.pages, next_range.etag) == (3, 60, info.etag)
    assert all(event.bulk for event in events if isinstance(event, DocumentAccepted | PageRequested))
    assert next_range.id != UPLOAD.id


def test_later_pages_fail_when_their_bytes_are_gone() -> None:
    dependencies = make_dependencies()
    add_object(dependencies)
    next_range = UPLOAD.model_copy(update={"first_page": 3, "pages": 200, "etag": "0" * 32})

    events = handle(dependencies, next_range)

    failed = [event for event in events if isinstance(event, PageFailed)]
    assert [event.page for event in failed] == list(range(3, 201))
    assert {event.reason for event in failed} == {"document_gone"}
    assert {event.subject.partition("/")[0] for event in failed} == {
        str(compute_document_id(tenant="acme", bucket=BUCKET, key=KEY, etag="0" * 32))
    }


def test_unreadable_range_fails_and_next_range_continues() -> None:
    dependencies = make_dependencies()
    info = add_object(dependencies)
    assert isinstance(dependencies.inspector, FakeInspector)
    dependencies.inspector.rejections.append(UploadRejected(Rejection.TOOK_TOO_LONG, "x"))
    this_range = UPLOAD.model_copy(update={"first_page": 51, "pages": 120, "etag": info.etag})

    *failed, next_range = handle(dependencies, this_range)

    assert [event.page for event in failed if isinstance(event, PageFailed)] == list(range(51, 101))
    assert isinstance(next_range, DocumentUploaded)
    assert (next_range.first_page, next_range.pages) == (101, 120)


def test_replaced_object_is_rejected_and_new_bytes_are_accepted() -> None:
    dependencies = make_dependencies()
    info = add_object(dependencies)

    rejected, accepted, *_ = handle(dependencies, UPLOAD.model_copy(update={"etag": "0" * 32}))

    assert isinstance(rejected, DocumentRejected)
    assert (rejected.reason, rejected.etag) == ("not_found", "0" * 32)
    assert isinstance(accepted, DocumentAccepted)
    assert accepted.etag == info.etag


def test_default_engine_without_topic_is_awaited() -> None:
    dependencies = make_dependencies(route="surya")
    add_object(dependencies)

    with pytest.raises(Unavailable):
        handle(dependencies)


@pytest.mark.parametrize(
    ("bucket", "key", "expected"),
    [
        (BUCKET, KEY, True),
        (BUCKET, "in/a.pdf", True),
        ("pagebus-results", "readings/x.json", False),
        (BUCKET, "announced/acme/a.pdf", False),
        (BUCKET, "in/acme/", False),
    ],
)
def test_only_notifications_about_uploads_are_handled(bucket: str, key: str, expected: bool) -> None:  # noqa: FBT001  # a parameter of the test
    assert is_upload((DocumentUploaded(bucket=bucket, key=key),), BUCKET) is expected


def test_all_ranges_have_the_announcement_time() -> None:
    dependencies = make_dependencies(pages_per_event=2, document=replace(DOCUMENT, pages=3))
    add_object(dependencies)
    sent = datetime.now(UTC)
    accepted, *_, next_range = handle_upload((UPLOAD,), announced_at=sent, dependencies=dependencies)
    assert isinstance(next_range, DocumentUploaded)
    later, *_ = handle_upload((next_range,), announced_at=datetime.now(UTC), dependencies=dependencies)
    assert [event.model_dump()["uploaded_at"] for event in (accepted, later)] == [sent, sent]


@pytest.mark.parametrize("claimed", [datetime(1999, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)])
def test_impossible_announcement_time_is_corrected(claimed: datetime) -> None:
    dependencies = make_dependencies()
    info = add_object(dependencies)
    accepted, *_ = handle_upload((UPLOAD,), announced_at=claimed, dependencies=dependencies)
    assert info.modified <= accepted.model_dump()["uploaded_at"] <= datetime.now(UTC)
