"""A request for a page that its engine could not understand: the page fails, if the request still says which it is."""

import json
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError

from events.envelope import Envelope
from events.page import PageFailed, PageRequested
from events.reasons import PageFailure
from functions.dead_letter.letter import error_code


def unusable_page(letter: Envelope) -> PageFailed | None:
    """The end of the page; None for every other letter, and where the request does not say enough."""
    if letter.type != PageRequested.TYPE or error_code(letter) != HTTPStatus.UNPROCESSABLE_ENTITY:
        return None
    return _failed(_fields(letter.data))


def _fields(data: bytes) -> dict[str, Any]:
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return {name: said[name] for name in PageFailed.model_fields if name in said} if isinstance(said, dict) else {}


def _failed(said: dict[str, Any]) -> PageFailed | None:
    """Field by field: what is wrong is left out, which is no loss where a page can do without."""
    verdict = {"reason": PageFailure.UNUSABLE_EVENT, "message": "Its engine could not understand the request for it."}
    for _ in range(2):
        try:
            return PageFailed.model_validate_json(json.dumps({**said, **verdict}))
        except ValidationError as error:
            wrong = {name for problem in error.errors() for name in problem["loc"][:1]}
            said = {name: value for name, value in said.items() if name not in wrong}
    return None
