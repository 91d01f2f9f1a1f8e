"""Who waits for a text, or asks for one, learns why there is none, and where nothing was read."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from typer.testing import Result

from local.cli import documents, explanations
from local.cli.documents import Document
from tests.unit.cli.known import DONE, ID

Command = Callable[..., Result]
NO_SUCH_ENGINE = Document(ID, "acme", "in/acme/a.pdf", "rejected", None, 0, 0, "unknown_engine")
WHY = "No engine is called foo. Engines here: tesseract."
AGAIN = "`pagebus submit --again FILE` has it read afresh under the same name"


@pytest.fixture
def explained(reading: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Callable[[Document], None]:
    """Let this document end without a text, as foo is no engine."""

    def ended(document: Document) -> None:
        reading(document)
        monkeypatch.setattr(explanations, "explanations", lambda *_: {ID: WHY})

    return ended


@pytest.mark.usefixtures("up")
@pytest.mark.parametrize("wait", [["--wait"], []])
def test_a_rejected_document_is_told_with_what_is_wrong_and_how_to_try_again(
    pagebus: Command, explained: Callable[[Document], None], wait: list[str]
) -> None:
    explained(NO_SUCH_ENGINE)

    said = pagebus("submit", __file__, *wait).stderr

    assert f"0f3a9c1e a.pdf rejected: unknown_engine. {WHY} {AGAIN}" in said


@pytest.mark.usefixtures("up")
def test_what_is_wrong_is_told_to_programs_and_to_who_asks_for_the_text(
    pagebus: Command, explained: Callable[[Document], None]
) -> None:
    explained(NO_SUCH_ENGINE)

    [told] = json.loads(pagebus("submit", __file__, "--wait", "--json").stdout)

    assert told["message"] == WHY
    assert f"has no text: rejected (unknown_engine). {WHY} {AGAIN}" in pagebus("text", ID).stderr


@pytest.mark.usefixtures("up")
def test_to_try_again_is_advised_only_where_it_may_end_otherwise(
    pagebus: Command, explained: Callable[[Document], None], one: Callable[..., None]
) -> None:
    damaged = replace(NO_SUCH_ENGINE, reason="damaged_pdf")
    explained(damaged)
    assert "--again" not in pagebus("submit", __file__, "--wait").stderr

    one(damaged, message="It is no PDF.")
    assert "--again" not in pagebus("status", ID).stdout
    one(NO_SUCH_ENGINE, message=WHY)
    assert f"{WHY} {AGAIN}" in pagebus("status", ID).stdout


@pytest.mark.usefixtures("up")
def test_a_page_on_which_there_is_nothing_is_named_and_a_pipe_sees_only_text(
    pagebus: Command, reading: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    reading(replace(DONE, failed=0, recognized=3))
    monkeypatch.setattr(documents, "outputs", lambda *_: {"text": "s3://r/t"})
    monkeypatch.setattr(explanations, "emptiness", lambda *_: {ID: "Page 1 is empty."})

    waited, asked = pagebus("submit", __file__, "--wait"), pagebus("text", ID)

    assert "a.pdf: Page 1 is empty.\n" in waited.stderr
    assert asked.stderr == "Page 1 is empty.\n"
    assert "empty" not in waited.stdout + asked.stdout
