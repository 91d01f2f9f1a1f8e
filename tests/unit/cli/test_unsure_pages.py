"""A text that may be wrong is no plain success: whoever waits for it, reads it or looks for it is told."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from typer.testing import Result

from local.cli import documents
from local.cli.documents import Page
from tests.unit.cli.known import DONE, ID, OPEN

Command = Callable[..., Result]


@pytest.mark.usefixtures("up")
def test_a_text_that_is_less_sure_than_was_wanted_is_no_plain_success(
    pagebus: Command, reading: Callable[..., None]
) -> None:
    reading(OPEN, replace(DONE, failed=0, recognized=3, unsure=1))

    result = pagebus("submit", __file__, "--wait")
    [said] = json.loads(pagebus("submit", __file__, "--wait", "--json").stdout)

    assert result.exit_code == 0
    assert "completed 3/3 pages, 1 unsure" in result.stderr
    assert "1 of 3 pages is below the wanted confidence. `pagebus status 0f3a9c1e` says more." in result.stderr
    assert said["unsure"] == 1


@pytest.mark.usefixtures("up")
def test_who_reads_a_text_learns_what_it_lacks_and_a_pipe_does_not(
    pagebus: Command, reading: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    reading(replace(DONE, unsure=2))
    monkeypatch.setattr(documents, "outputs", lambda *_: {"text": "s3://r/t"})

    result = pagebus("text", ID[:6])

    assert result.stdout == "Größe\fMaß"
    assert "1 of 3 pages could not be read. 2 of 3 pages are below the wanted confidence." in result.stderr
    assert json.loads(pagebus("text", ID[:6], "--json").stdout)["unsure"] == 2


@pytest.mark.usefixtures("up")
def test_pages_that_are_less_sure_than_was_wanted_are_named_and_where_nothing_was_read(
    pagebus: Command, one: Callable[..., None]
) -> None:
    sure = Page(1, "recognized", "tesseract", 0.97, 0.5, None)
    one(
        replace(DONE, failed=0, recognized=3, unsure=2),
        sure,
        replace(sure, page=2, confidence=0.6, best_effort=True, unsure=True),
        replace(sure, page=3, confidence=0.0, unsure=True, empty=True),
        wanted=0.92,
    )

    printed = " ".join(pagebus("status", ID[:6]).stdout.split())
    said = json.loads(pagebus("status", ID[:6], "--json").stdout)

    assert "2 unsure" in printed
    assert "Below the wanted confidence (92% right): pages 2-3. The text may be wrong" in printed
    assert "Nothing was read on page 3." in printed
    assert (said["document"]["unsure"], said["min_confidence"]) == (2, 0.92)
    assert [(page["best_effort"], page["unsure"], page["empty"]) for page in said["pages"]] == [
        (False, False, False),
        (True, True, False),
        (False, True, True),
    ]
