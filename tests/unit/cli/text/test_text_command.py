"""The output of `pagebus text`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from local.cli.queries.documents import Document
from tests.unit.cli.known import DONE, ID, OPEN

Command = Callable[..., Result]
BAD = Document(ID, "acme", "in/acme/a.pdf", "rejected", None, 0, 0, "damaged_pdf")


@pytest.mark.usefixtures("up")
def test_text_can_be_printed_written_to_file_or_json(
    pagebus: Command, set_states: Callable[..., None], tmp_path: Path
) -> None:
    set_states(DONE)
    file = tmp_path / "text.txt"

    assert pagebus("text", ID).stdout_bytes == "Größe\fMaß".encode()
    assert pagebus("text", ID, "-o", str(file)).stdout == ""
    assert file.read_text() == "Größe\fMaß"
    assert json.loads(pagebus("text", ID, "--json").stdout)["text"] == "Größe\fMaß"


@pytest.mark.usefixtures("up")
@pytest.mark.parametrize(("document", "expected"), [(BAD, "rejected (damaged_pdf)"), (OPEN, "open, 1 of 3 pages")])
def test_document_without_text_fails_with_state_and_reason(
    pagebus: Command, set_states: Callable[..., None], document: Document, expected: str
) -> None:
    set_states(document)

    result = pagebus("text", ID)

    assert result.exit_code == 1
    assert expected in result.stderr
