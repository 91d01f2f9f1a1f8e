"""Handler of dead letters: save each one. If it is a page request that an engine refused, also fail the page."""

import json
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError

from events.catalogue import TYPE_PREFIX
from events.envelope import Envelope
from events.event import Event
from events.page import PageFailed, PageRequested
from events.reasons import PageFailure
from functions.dead_letter.parsing import DeliveryFailure
from functions.dead_letter.store import save_dead_letter
from functions.runtime.database import Database
from functions.runtime.log import get_logger

log = get_logger()


def handle(letter: Envelope, *, database: Database) -> list[Event]:
    """Save a dead letter. Return PageFailed if it is a page request that an engine refused as invalid, else no event.

    Raise Unavailable if PostgreSQL does not answer.
    """
    key = save_dead_letter(database, letter)
    page_failure = build_page_failure(letter)
    # Types and ids of external systems can contain private text, so they are stored and never logged.
    event_type = letter.type if letter.type.startswith(TYPE_PREFIX) else None
    code = DeliveryFailure.from_envelope(letter).code
    log.warning("dead_letter.saved", letter=str(key), type=event_type, code=code, page_failed=page_failure is not None)
    return [page_failure] if page_failure else []


def build_page_failure(letter: Envelope) -> PageFailed | None:
    """Return the failure of a page if the dead letter is a page request that an engine refused as invalid (HTTP 422).

    Return None for any other dead letter, and for a request without a valid document or page number.
    """
    code = DeliveryFailure.from_envelope(letter).code
    if letter.type != PageRequested.TYPE or code != HTTPStatus.UNPROCESSABLE_ENTITY:
        return None
    return _create_failure(_read_fields(letter.data))


def _read_fields(data: bytes) -> dict[str, Any]:
    """Return the fields of a page request that PageFailed also has. Return {} if the data is not a JSON object."""
    try:
        payload = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(payload, dict):
        return {}
    return {name: payload[name] for name in PageFailed.model_fields if name in payload}


def _create_failure(fields: dict[str, Any]) -> PageFailed | None:
    """Return the event without the invalid optional fields, or None if a required field is missing or invalid."""
    failure_fields = {
        "reason": PageFailure.UNUSABLE_EVENT,
        "message": "The engine could not parse the request for this page.",
    }
    for _ in range(2):  # the first round finds the invalid fields, and the second omits them
        try:
            return PageFailed.model_validate_json(json.dumps({**fields, **failure_fields}))
        except ValidationError as error:
            invalid_fields = {name for problem in error.errors() for name in problem["loc"][:1]}
            fields = {name: value for name, value in fields.items() if name not in invalid_fields}
    return None
