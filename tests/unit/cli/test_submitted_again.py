"""What was read before is not read again for other wishes, and whoever asked is told so."""

import json
from collections.abc import Callable

import pytest
from typer.testing import Result

from local.cli import documents, submission
from local.cli.documents import Document, Run
from local.cli.uploading import Uploaded
from tests.unit.cli.known import DONE, ID, WISHES

Command = Callable[..., Result]


@pytest.mark.usefixtures("up")
def test_of_a_file_that_was_read_before_a_program_learns_the_wishes_of_then_and_those_that_were_passed_over(
    pagebus: Command, reading: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    reading(DONE)
    before = Run(ID, "in/acme/a.pdf", "etag", 0, "completed", None)
    monkeypatch.setattr(documents, "runs", lambda *_: [before])
    put = Uploaded(Document(ID, "acme", "in/acme/a.pdf", "uploaded"), 0, 1)
    monkeypatch.setattr(submission, "uploaded", lambda *_: (one for one in [put]))

    [said] = json.loads(pagebus("submit", __file__, "--engines", "rapidocr", "--languages", "eng", "--json").stdout)

    assert said["known"]
    assert said["wishes"] == {
        "then": WISHES,
        "now": {**dict.fromkeys(WISHES), "engines": ["rapidocr"], "languages": ["eng"]},
    }
