"""Topics and record keys of events."""

import pytest

from events import topics
from events.catalogue import EVENTS_BY_TYPE
from events.document import DocumentUploaded
from events.event import DocumentEvent
from events.examples import EXAMPLES
from events.identity import compute_object_id
from events.page import PageRequested

INTERNAL = "intake"


@pytest.mark.parametrize(
    ("name", "internal", "public"),
    [
        ("document.uploaded", "pagebus.uploads", "pagebus.uploads"),
        ("document.accepted", "pagebus.outcomes", "pagebus.documents"),
        ("document.rejected", "pagebus.outcomes", "pagebus.documents"),
        ("page.requested", "pagebus.pages.rapidocr", "pagebus.pages.rapidocr"),
        ("page.recognized", "pagebus.outcomes", "pagebus.results"),
        ("page.failed", "pagebus.outcomes", "pagebus.results"),
        ("document.recognized", "pagebus.assemblies", "pagebus.assemblies"),
        ("document.assembled", "pagebus.outcomes", "pagebus.documents"),
        ("document.completed", "pagebus.outcomes", "pagebus.documents"),
        ("document.failed", "pagebus.outcomes", "pagebus.documents"),
        ("document.cancelled", "pagebus.outcomes", "pagebus.documents"),
        ("document.erased", "pagebus.outcomes", "pagebus.documents"),
    ],
)
def test_only_persistence_publishes_to_public_topics(name: str, internal: str, public: str) -> None:
    event = EXAMPLES[f"io.pagebus.{name}.v1"]
    assert topics.get_topic(event, INTERNAL) == internal
    assert topics.get_topic(event, topics.PERSISTENCE) == public


def test_page_of_long_document_uses_bulk_topic() -> None:
    request = EXAMPLES[PageRequested.TYPE].model_copy(update={"bulk": True})
    assert topics.get_topic(request, INTERNAL) == "pagebus.pages.rapidocr.bulk"


def test_only_page_requests_have_different_keys() -> None:
    for event_type in EVENTS_BY_TYPE.keys() - {DocumentUploaded.TYPE}:
        event = EXAMPLES[event_type]
        assert isinstance(event, DocumentEvent)
        is_request = isinstance(event, PageRequested)
        assert topics.get_record_key(event) == (f"{event.document}/pages/2" if is_request else str(event.document))


def test_key_of_upload_is_its_object_id() -> None:
    upload = EXAMPLES[DocumentUploaded.TYPE]
    assert isinstance(upload, DocumentUploaded)
    assert topics.get_record_key(upload) == str(compute_object_id(upload.bucket, upload.key))
    repeated = upload.model_copy(update={"etag": "other", "first_page": 101})
    assert topics.get_record_key(repeated) == topics.get_record_key(upload)
