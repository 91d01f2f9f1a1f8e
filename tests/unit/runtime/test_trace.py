"""One trace from the upload to the row, found by any function."""

from uuid import uuid4

import pytest

from events import traceparent as names
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


def test_the_trace_that_an_upload_brings_is_kept() -> None:
    assert Trace.read(origin=ORIGIN, hop=None).of(FAILED) == ORIGIN


def test_a_document_without_a_trace_is_its_own() -> None:
    traceparent = Trace().of(FAILED)

    assert traceparent == str(names.of_document(FAILED.document))


def test_an_upload_without_a_trace_starts_none() -> None:
    assert Trace().of(DocumentUploaded(bucket="b", key="k")) is None


@pytest.mark.parametrize("wrong", ["", "nonsense", f"00-{'0' * 32}-{'b' * 16}-01", f"ff-{'a' * 32}-{'b' * 16}-01"])
def test_a_malformed_trace_is_as_if_it_had_not_come(wrong: str) -> None:
    assert Trace.read(origin=wrong, hop=wrong) == Trace()
