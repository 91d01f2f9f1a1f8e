"""`pagebus down`: end everything that `pagebus up` started."""

from local.cli import home as homes
from local.cli import stack
from local.cli.screen import Json, notes, print_json, step


def down(*, as_json: Json = False) -> None:
    """Stop the twin and the platform."""
    home = homes.find()
    with homes.locked(home):
        was_up = stack.bring_down(home, step)
    if as_json:
        print_json({"home": str(home), "was_up": was_up})
    else:
        notes.print(f"Everything in {home} is down." if was_up else f"Nothing was up in {home}.", markup=False)
