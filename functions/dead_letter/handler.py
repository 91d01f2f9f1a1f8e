"""Handles one dead letter: saves it, and fails the page of a request that its engine could not parse."""

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
    """Save a dead letter and return the failure of its page, if any. The reconciler redelivers other dead letters.

    Raise Unavailable if PostgreSQL does not answer.
    """
    key = save_dead_letter(database, letter)
    failed = build_page_failure(letter)
    # Types and ids of external systems can contain private text, so only the row has them.
    event_type = letter.type if letter.type.startswith(TYPE_PREFIX) else None
    code = DeliveryFailure.from_envelope(letter).code
    log.warning("dead_letter.saved", letter=str(key), type=event_type, code=code, page_failed=failed is not None)
    return [failed] if failed else []


def build_page_failure(letter: Envelope) -> PageFailed | None:
    """Return the failure of a page whose request was refused as unusable (422).

    Return None for every other dead letter, and for a request that does not identify its page.
    """
    code = DeliveryFailure.from_envelope(letter).code
    if letter.type != PageRequested.TYPE or code != HTTPStatus.UNPROCESSABLE_ENTITY:
        return None
    return _validate_failure(_read_fields(letter.data))


def _read_fields(data: bytes) -> dict[str, Any]:
    """Return the fields that a failed page shares with its request; none if the data is no JSON object."""
    try:
        payload = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(payload, dict):
        return {}
    return {name: payload[name] for name in PageFailed.model_fields if name in payload}


def _validate_failure(fields: dict[str, Any]) -> PageFailed | None:
    """Return the event; drop invalid fields and try again once. Return None if a required field is invalid."""
    verdict = {
        "reason": PageFailure.UNUSABLE_EVENT,
        "message": "The engine could not understand the request for this page.",
    }
    for _ in range(2):
        try:
            return PageFailed.model_validate_json(json.dumps({**fields, **verdict}))
        except ValidationError as error:
            invalid = {name for problem in error.errors() for name in problem["loc"][:1]}
            fields = {name: value for name, value in fields.items() if name not in invalid}
    return None
