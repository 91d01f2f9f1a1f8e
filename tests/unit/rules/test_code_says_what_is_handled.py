"""What a function takes and says is read from its own code, without importing it."""

import pytest

from events.catalogue import OUTCOMES, PING, RAW
from events.document import DocumentAccepted, DocumentAssembled, DocumentRecognized, DocumentUploaded
from events.page import PageFailed, PageRecognized, PageRequested
from local.rules.code import handled, said


@pytest.mark.parametrize(
    ("folder", "types"),
    [
        ("intake", {RAW, DocumentUploaded.TYPE, "com.amazonaws.s3.*", "com.amazonaws.s3.ObjectCreated*"}),
        ("tesseract", {PageRequested.TYPE}),
        ("persistence", {outcome.TYPE for outcome in OUTCOMES}),
        ("assembly", {DocumentRecognized.TYPE}),
        ("dead_letter", {"*"}),
        ("reconciler", {PING}),
        ("gateway", set()),
    ],
)
def test_a_function_takes_what_its_main_connects(folder: str, types: set[str]) -> None:
    assert handled(folder) == types


def test_a_function_says_what_it_makes_and_an_engine_what_all_engines_make() -> None:
    assert said("assembly") == {DocumentAssembled}
    assert {PageRecognized, PageFailed} <= said("tesseract")
    assert {DocumentAccepted, PageRequested} <= said("intake")
