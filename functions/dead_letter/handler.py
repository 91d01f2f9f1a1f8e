"""One letter: kept, and where it ends a page, that is said."""

import structlog

from events.envelope import Envelope
from events.event import Event
from functions.dead_letter.letter import error_code
from functions.dead_letter.store import keep
from functions.dead_letter.unusable import unusable_page
from functions.runtime.database import Database

log = structlog.get_logger()


def handle(letter: Envelope, *, database: Database) -> list[Event]:
    """Keep what nobody took. What it asked for is asked for again by the reconciler. Raises Unavailable."""
    keep(database, letter)
    failed = unusable_page(letter)
    log.warning("letter.kept", type=letter.type, id=letter.id, code=error_code(letter), page_failed=failed is not None)
    return [failed] if failed else []
