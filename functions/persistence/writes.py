"""Writes of the rows that an outcome changes. Each outcome also resets the document's `pushed_at` and `pushes`.

These columns contain the time and the number of the reconciler's repairs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from events.catalogue import Outcome
from events.document import DocumentAccepted, DocumentCompleted
from events.event import Event
from events.page import PageFailed, PageRecognized
from functions.persistence.transitions import StoredState
from functions.runtime.database import Connection

_UPDATE_STATE = """
UPDATE documents
   SET state = %(state)s, pages = %(pages)s, recognized = %(recognized)s, failed = %(failed)s, sha256 = %(sha256)s,
       outputs = %(outputs)s, accepted_by = %(accepted_by)s, closed_by = %(closed_by)s, ended_by = %(ended_by)s,
       moved_at = now(), pushed_at = now(), pushes = 0
 WHERE document = %(document)s"""
_UPDATE_ACCEPTED = """
UPDATE documents
   SET media_type = %(media_type)s, size = %(size)s, languages = %(languages)s, engines = %(engines)s,
       min_confidence = %(min_confidence)s, consensus = %(consensus)s, bulk = %(bulk)s, callback = %(callback)s,
       version_id = %(version_id)s, uploaded_at = coalesce(uploaded_at, %(uploaded_at)s), accepted_at = now()
 WHERE document = %(document)s"""
_UPDATE_ENDED = """
UPDATE documents
   SET reason = %(reason)s, message = %(message)s, confidence = %(confidence)s, engine_seconds = %(engine_seconds)s,
       ended_at = now()
 WHERE document = %(document)s"""
_INSERT_PLAN = """
INSERT INTO pages (document, page, state, route, route_why)
VALUES (%(document)s, %(page)s, 'requested', %(route)s, %(why)s)
    ON CONFLICT (document, page) DO UPDATE SET route = excluded.route, route_why = excluded.route_why"""
_INSERT_RECOGNIZED = """
INSERT INTO pages (document, page, state, engine, engine_version, languages, why, confidence, best_effort, text,
                   dataref, seconds_waiting, seconds_starting, seconds_reading, seconds_others, outcome, ended_at)
VALUES (%(document)s, %(page)s, 'recognized', %(engine)s, %(engine_version)s, %(languages)s, %(why)s, %(confidence)s,
        %(best_effort)s, %(text)s, %(dataref)s, %(waiting)s, %(starting)s, %(reading)s, %(others)s, %(outcome)s, now())
    ON CONFLICT (document, page) DO UPDATE
   SET state = excluded.state, engine = excluded.engine, engine_version = excluded.engine_version,
       languages = excluded.languages, why = excluded.why, confidence = excluded.confidence,
       best_effort = excluded.best_effort, text = excluded.text, dataref = excluded.dataref,
       seconds_waiting = excluded.seconds_waiting, seconds_starting = excluded.seconds_starting,
       seconds_reading = excluded.seconds_reading, seconds_others = excluded.seconds_others,
       reason = NULL, message = NULL, outcome = excluded.outcome, ended_at = excluded.ended_at"""
_INSERT_FAILED = """
INSERT INTO pages (document, page, state, engine, reason, message, outcome, ended_at)
VALUES (%(document)s, %(page)s, 'failed', %(engine)s, %(reason)s, %(message)s, %(outcome)s, now())
    ON CONFLICT (document, page) DO UPDATE
   SET state = excluded.state, engine = excluded.engine, reason = excluded.reason, message = excluded.message,
       outcome = excluded.outcome, ended_at = excluded.ended_at"""
_INSERT_OUTPUT = """
INSERT INTO outputs (document, format, dataref, media_type, size)
VALUES (%(document)s, %(format)s, %(dataref)s, %(media_type)s, %(size)s)
    ON CONFLICT (document, format) DO UPDATE
   SET dataref = excluded.dataref, media_type = excluded.media_type, size = excluded.size"""


def save_changes(
    connection: Connection, before: StoredState, after: StoredState, outcome: Outcome, events: Sequence[Event]
) -> None:
    """Write the changed rows of the document, its pages and outputs.

    `events` are the events to publish. If the outcome ends the document, the first event contains the reason, message,
    confidence and outputs to write.
    """
    if isinstance(outcome, DocumentAccepted):
        _save_plan(connection, before, outcome)
    elif isinstance(outcome, PageRecognized | PageFailed):
        _save_page(connection, outcome)
    else:
        _save_end(connection, events[0])
    connection.execute(_UPDATE_STATE, _to_row(vars(after.document)) | {"document": outcome.document})


def _save_plan(connection: Connection, before: StoredState, outcome: DocumentAccepted) -> None:
    if outcome.first_page == 1:
        connection.execute(_UPDATE_ACCEPTED, _to_row(outcome.model_dump()))
    planned_pages = {number for number, page in before.pages.items() if page.is_planned}
    plans = [_to_row(plan.model_dump()) for plan in outcome.plan if plan.page not in planned_pages]
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT_PLAN, [{"document": outcome.document, **plan} for plan in plans])


def _save_page(connection: Connection, outcome: PageRecognized | PageFailed) -> None:
    row = _to_row(outcome.model_dump()) | {"outcome": outcome.id}
    if isinstance(outcome, PageRecognized):
        seconds = outcome.seconds
        connection.execute(_INSERT_RECOGNIZED, row | seconds.model_dump() | {"others": sum(seconds.others.values())})
    else:
        connection.execute(_INSERT_FAILED, row)


def _save_end(connection: Connection, final_event: Event) -> None:
    # Each type of final event has only some of these fields.
    defaults = {"reason": None, "message": None, "confidence": None, "engine_seconds": None}
    connection.execute(_UPDATE_ENDED, defaults | final_event.model_dump())
    if isinstance(final_event, DocumentCompleted):
        with connection.cursor() as cursor:
            outputs = [{"document": final_event.document, **output.model_dump()} for output in final_event.outputs]
            cursor.executemany(_INSERT_OUTPUT, outputs)


def _to_row(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields with lists instead of tuples, because psycopg writes a tuple as a composite type."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}
