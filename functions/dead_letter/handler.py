"""One letter: kept, and where it ends a page, that is said."""

import structlog

from events.catalogue import OURS
from events.envelope import Envelope
from events.event import Event
from functions.dead_letter.letter import error_code
from functions.dead_letter.store import keep
from functions.dead_letter.unusable import unusable_page
from functions.runtime.database import Database

log = structlog.get_logger()


def handle(letter: Envelope, *, database: Database) -> list[Event]:
    """Keep what nobody took. What it asked for is asked for again by the reconciler. Raises Unavailable."""
    name = keep(database, letter)
    failed = unusable_page(letter)
    # Types and ids of strangers may say anything; the row has them.
    ours = letter.type if letter.type.startswith(OURS) else None
    code = error_code(letter)
    log.warning("letter.kept", letter=str(name), type=ours, code=code, page_failed=failed is not None)
    return [failed] if failed else []
