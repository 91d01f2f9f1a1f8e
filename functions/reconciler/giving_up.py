"""When nobody is asked for a waiting page any more. No input or output here."""

from collections.abc import Collection
from typing import NamedTuple

from events.reasons import PageFailure
from functions.reconciler.asking import Waiting, within_reach


class GivenUp(NamedTuple):
    """How the page ends where nothing was read of it, and why it ends with what was read."""

    reason: PageFailure
    message: str
    why: str


def given_up(page: Waiting, engines: Collection[str], max_attempts: int) -> GivenUp | None:
    """None while somebody can be asked: of `engines`. Where there is none at all, Kafka is not set up yet."""
    if not engines:
        return None
    if page.refused >= max_attempts:
        why = f"no engine survived it in {page.refused} attempts"
        return GivenUp(PageFailure.GAVE_UP, f"{why.capitalize()}.", why)
    if not within_reach(page, engines).route:
        why = f"none of its engines is here any more: {', '.join(page.route)}"
        return GivenUp(PageFailure.NO_ENGINE, f"{why.capitalize()}. Upload it under another name.", why)
    return None
