"""The command `pagebus down`: stop everything that `pagebus up` started."""

from pathlib import Path

import psycopg

from local.cli.queries import documents
from local.cli.shell import home as homes
from local.cli.shell.errors import CommandFailedError
from local.cli.shell.screen import JsonOption, notes, print_json, show_step
from local.cli.stack import stack


def run_down(*, as_json: JsonOption = False) -> None:
    """Stop the twin and the platform."""
    home = homes.find_home()
    with homes.lock_home(home):
        lost_documents = _count_lost_documents(home)
        was_up = stack.bring_down(home, show_step)
    if as_json:
        print_json({"home": str(home), "was_up": was_up, "forgotten": lost_documents})
        return
    notes.print(f"Everything in {home} is down." if was_up else f"Nothing was up in {home}.", markup=False)
    if lost_documents:
        verb = "documents are" if lost_documents > 1 else "document is"
        notes.print(f"{lost_documents} {verb} deleted, because the embedded platform keeps no data.")


def _count_lost_documents(home: Path) -> int:
    """Return the number of documents that are lost when an embedded platform stops.

    Return 0 for another platform, or if the database does not answer.
    """
    record, endpoints = homes.load_record(home), stack.find_endpoints(home)
    if record is None or record.platform != "embedded" or endpoints is None:
        return 0
    try:
        return documents.count_documents(endpoints.database)
    except (CommandFailedError, psycopg.Error):
        return 0
