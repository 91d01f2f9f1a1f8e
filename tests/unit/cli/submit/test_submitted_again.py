"""JSON of a file that was submitted before with other options."""

import json
from collections.abc import Callable

import pytest
from typer.testing import Result

from local.cli.queries import documents
from local.cli.queries.documents import Document, DocumentRun
from local.cli.uploads import transfer
from local.cli.uploads.transfer import FinishedUpload
from tests.unit.cli.known import DONE, ID, OPTIONS

Command = Callable[..., Result]


@pytest.mark.usefixtures("up")
def test_json_of_a_known_file_has_old_and_new_options(
    pagebus: Command, set_states: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_states(DONE)
    last_run = DocumentRun(ID, "in/acme/a.pdf", "etag", 0, "completed", None)
    monkeypatch.setattr(documents, "find_runs", lambda *_: [last_run])
    upload = FinishedUpload(Document(ID, "acme", "in/acme/a.pdf", "uploaded"), 0, 1)
    monkeypatch.setattr(transfer, "upload_files", lambda *_: (finished for finished in [upload]))

    [printed] = json.loads(pagebus("submit", __file__, "--engines", "rapidocr", "--languages", "eng", "--json").stdout)

    assert printed["known"]
    assert printed["options"] == {
        "then": OPTIONS,
        "now": {**dict.fromkeys(OPTIONS), "engines": ["rapidocr"], "languages": ["eng"]},
    }
