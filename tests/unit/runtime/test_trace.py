"""Trace headers of requests."""

from uuid import uuid4

import pytest

from events import traceparent as traceparents
from events.document import DocumentUploaded
from events.page import PageFailed
from events.reasons import PageFailure
from functions.runtime.trace import Trace

FAILED = PageFailed(
    document=uuid4(),
    tenant="t",
    bucket="b",
    key="k",
    etag="e",
    page=1,
    pages=1,
    reason=PageFailure.CRASHED,
    message="m",
)
ORIGIN = f"00-{'a' * 32}-{'b' * 16}-01"


def test_trace_of_upload_is_kept() -> None:
    assert Trace.from_headers(origin=ORIGIN, hop=None).get_origin(FAILED) == ORIGIN


def test_document_without_trace_gets_its_own() -> None:
    origin = Trace().get_origin(FAILED)

    assert origin == str(traceparents.derive_document_context(FAILED.document))


def test_upload_without_trace_has_none() -> None:
    assert Trace().get_origin(DocumentUploaded(bucket="b", key="k")) is None


@pytest.mark.parametrize("wrong", ["", "nonsense", f"00-{'0' * 32}-{'b' * 16}-01", f"ff-{'a' * 32}-{'b' * 16}-01"])
def test_invalid_headers_are_ignored(wrong: str) -> None:
    assert Trace.from_headers(origin=wrong, hop=wrong) == Trace()
