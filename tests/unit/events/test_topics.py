"""Which event goes where, and what stays in order."""

import pytest

from events import topics
from events.catalogue import EVENTS
from events.document import DocumentUploaded
from events.event import OfDocument
from events.examples import EXAMPLES
from events.identity import object_id
from events.page import PageRequested

INTERNAL = "intake"


@pytest.mark.parametrize(
    ("name", "found", "committed"),
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
def test_only_persistence_speaks_to_subscribers(name: str, found: str, committed: str) -> None:
    event = EXAMPLES[f"io.pagebus.{name}.v1"]
    assert topics.topic_of(event, INTERNAL) == found
    assert topics.topic_of(event, topics.PERSISTENCE) == committed


def test_pages_of_a_long_document_have_a_lane_of_their_own() -> None:
    request = EXAMPLES[PageRequested.TYPE].model_copy(update={"bulk": True})
    assert topics.topic_of(request, INTERNAL) == "pagebus.pages.rapidocr.bulk"


def test_pages_to_be_read_spread_and_everything_else_of_a_document_stays_in_order() -> None:
    for event_type in EVENTS.keys() - {DocumentUploaded.TYPE}:
        event = EXAMPLES[event_type]
        assert isinstance(event, OfDocument)
        spread = isinstance(event, PageRequested)
        assert topics.key_of(event) == (f"{event.document}/pages/2" if spread else str(event.document))


def test_an_upload_is_keyed_by_its_object_without_showing_a_name() -> None:
    upload = EXAMPLES[DocumentUploaded.TYPE]
    assert isinstance(upload, DocumentUploaded)
    assert topics.key_of(upload) == str(object_id(upload.bucket, upload.key))
    again = upload.model_copy(update={"etag": "other", "first_page": 101})
    assert topics.key_of(again) == topics.key_of(upload)
