"""Reports of texts that may be wrong: by submit, text and status."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from typer.testing import Result

from local.cli.queries import outputs
from local.cli.queries.pages import PageStatus
from tests.unit.cli.known import DONE, ID, OPEN

Command = Callable[..., Result]


@pytest.mark.usefixtures("up")
def test_text_of_low_confidence_is_reported(pagebus: Command, set_states: Callable[..., None]) -> None:
    set_states(OPEN, replace(DONE, failed=0, recognized=3, low_confidence=1))

    result = pagebus("submit", __file__, "--wait")
    [printed] = json.loads(pagebus("submit", __file__, "--wait", "--json").stdout)

    assert result.exit_code == 0
    assert "completed 3/3 pages, 1 low confidence" in result.stderr
    assert "1 of 3 pages is below the wanted confidence. `pagebus status 0f3a9c1e` has the details." in result.stderr
    assert printed["low_confidence"] == 1


@pytest.mark.usefixtures("up")
def test_shortfall_of_a_text_goes_to_stderr(
    pagebus: Command, set_states: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_states(replace(DONE, low_confidence=2))
    monkeypatch.setattr(outputs, "load_locations", lambda *_: {"text": "s3://r/t"})

    result = pagebus("text", ID[:6])

    assert result.stdout == "Größe\fMaß"
    assert "1 of 3 pages could not be read. 2 of 3 pages are below the wanted confidence." in result.stderr
    assert json.loads(pagebus("text", ID[:6], "--json").stdout)["low_confidence"] == 2


@pytest.mark.usefixtures("up")
def test_status_names_pages_of_low_confidence(pagebus: Command, set_document: Callable[..., None]) -> None:
    page = PageStatus(1, "recognized", "tesseract", 0.97, 0.5, None)
    set_document(
        replace(DONE, failed=0, recognized=3, low_confidence=2),
        page,
        replace(page, page=2, confidence=0.6, best_effort=True, low_confidence=True),
        replace(page, page=3, confidence=0.0, low_confidence=True, empty=True),
        min_confidence=0.92,
    )

    output = " ".join(pagebus("status", ID[:6]).stdout.split())
    printed = json.loads(pagebus("status", ID[:6], "--json").stdout)

    assert "2 low confidence" in output
    assert "Below the wanted confidence (92% right): pages 2-3. The text may be wrong" in output
    assert "No text was recognized on page 3." in output
    assert (printed["document"]["low_confidence"], printed["min_confidence"]) == (2, 0.92)
    assert [(page["best_effort"], page["low_confidence"], page["empty"]) for page in printed["pages"]] == [
        (False, False, False),
        (True, True, False),
        (False, True, True),
    ]
