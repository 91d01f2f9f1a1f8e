"""`pagebus down`: end everything that `pagebus up` started."""

from pathlib import Path

import psycopg

from local.cli import documents, stack
from local.cli import home as homes
from local.cli.errors import Failed
from local.cli.screen import Json, notes, print_json, step


def down(*, as_json: Json = False) -> None:
    """Stop the twin and the platform."""
    home = homes.find()
    with homes.locked(home):
        lost = _to_be_forgotten(home)
        was_up = stack.bring_down(home, step)
    if as_json:
        print_json({"home": str(home), "was_up": was_up, "forgotten": lost})
        return
    notes.print(f"Everything in {home} is down." if was_up else f"Nothing was up in {home}.", markup=False)
    if lost:
        notes.print(f"{lost} document{'s' if lost > 1 else ''} forgotten: the embedded platform keeps nothing.")


def _to_be_forgotten(home: Path) -> int:
    """How many documents go with the embedded platform; of a database that is away, nobody can tell."""
    started, there = homes.recall(home), stack.endpoints(home)
    if started is None or started.platform != "embedded" or there is None:
        return 0
    try:
        return documents.count(there.database)
    except (Failed, psycopg.Error):
        return 0
