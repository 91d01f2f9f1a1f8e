"""The events that a function handles and creates are read from its source code."""

import pytest

from events.catalogue import OUTCOME_EVENTS, PING_TYPE, RAW_RECORD_TYPE
from events.document import DocumentAccepted, DocumentAssembled, DocumentRecognized, DocumentUploaded
from events.page import PageFailed, PageRecognized, PageRequested
from local.rules.function_code import find_handled_types, find_published_events


@pytest.mark.parametrize(
    ("folder", "types"),
    [
        ("intake", {RAW_RECORD_TYPE, DocumentUploaded.TYPE, "com.amazonaws.s3.*", "com.amazonaws.s3.ObjectCreated*"}),
        ("tesseract", {PageRequested.TYPE}),
        ("persistence", {outcome.TYPE for outcome in OUTCOME_EVENTS}),
        ("assembly", {DocumentRecognized.TYPE}),
        ("dead_letter", {"*"}),
        ("reconciler", {PING_TYPE}),
        ("gateway", set()),
    ],
)
def test_handled_types_are_those_in_main(folder: str, types: set[str]) -> None:
    assert find_handled_types(folder) == types


def test_published_events_include_those_of_all_engines() -> None:
    assert find_published_events("assembly") == {DocumentAssembled}
    assert {PageRecognized, PageFailed} <= find_published_events("tesseract")
    assert {DocumentAccepted, PageRequested} <= find_published_events("intake")
