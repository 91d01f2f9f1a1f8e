"""Explanations of documents without a text, and of pages without a text."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from typer.testing import Result

from local.cli.queries import explanations, outputs
from local.cli.queries.documents import Document
from tests.unit.cli.known import DONE, ID

Command = Callable[..., Result]
NO_SUCH_ENGINE = Document(ID, "acme", "in/acme/a.pdf", "rejected", None, 0, 0, "unknown_engine")
WHY = "No engine is called foo. Engines here: tesseract."
AGAIN = "`pagebus submit --again FILE` reads it again under the same name"


@pytest.fixture
def set_failure(set_states: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Callable[[Document], None]:
    """Return a function that makes this document end without a text, because foo is no engine."""

    def set_failure(document: Document) -> None:
        set_states(document)
        monkeypatch.setattr(explanations, "explain_failures", lambda *_: {ID: WHY})

    return set_failure


@pytest.mark.usefixtures("up")
@pytest.mark.parametrize("wait", [["--wait"], []])
def test_rejected_document_is_explained_with_advice(
    pagebus: Command, set_failure: Callable[[Document], None], wait: list[str]
) -> None:
    set_failure(NO_SUCH_ENGINE)

    output = pagebus("submit", __file__, *wait).stderr

    assert f"0f3a9c1e a.pdf rejected: unknown_engine. {WHY} {AGAIN}" in output


@pytest.mark.usefixtures("up")
def test_failure_is_explained_in_json_and_by_text(pagebus: Command, set_failure: Callable[[Document], None]) -> None:
    set_failure(NO_SUCH_ENGINE)

    [printed] = json.loads(pagebus("submit", __file__, "--wait", "--json").stdout)

    assert printed["message"] == WHY
    assert f"has no text: rejected (unknown_engine). {WHY} {AGAIN}" in pagebus("text", ID).stderr


@pytest.mark.usefixtures("up")
def test_again_is_advised_only_if_it_can_help(
    pagebus: Command, set_failure: Callable[[Document], None], set_document: Callable[..., None]
) -> None:
    damaged = replace(NO_SUCH_ENGINE, reason="damaged_pdf")
    set_failure(damaged)
    assert "--again" not in pagebus("submit", __file__, "--wait").stderr

    set_document(damaged, message="It is no PDF.")
    assert "--again" not in pagebus("status", ID).stdout
    set_document(NO_SUCH_ENGINE, message=WHY)
    assert f"{WHY} {AGAIN}" in pagebus("status", ID).stdout


@pytest.mark.usefixtures("up")
def test_empty_pages_are_named_on_stderr_only(
    pagebus: Command, set_states: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_states(replace(DONE, failed=0, recognized=3))
    monkeypatch.setattr(outputs, "load_locations", lambda *_: {"text": "s3://r/t"})
    monkeypatch.setattr(explanations, "describe_empty_pages", lambda *_: {ID: "Page 1 is empty."})

    waited, printed_text = pagebus("submit", __file__, "--wait"), pagebus("text", ID)

    assert "a.pdf: Page 1 is empty.\n" in waited.stderr
    assert printed_text.stderr == "Page 1 is empty.\n"
    assert "empty" not in waited.stdout + printed_text.stdout
