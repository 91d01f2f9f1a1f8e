"""Flask application of a function. It receives a CloudEvent, publishes the handler's events and answers with a status.

2xx: the effect is durable and Kafka has acknowledged the events. 503: a dependency is down; Knative retries.
422: the event is unusable; Knative sends it to the dead letters. 500: a bug; Knative retries and then dead-letters.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from fnmatch import fnmatchcase
from typing import TypeVar

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from events import codec
from events.catalogue import PING_TYPE, TYPE_PREFIX
from events.envelope import Envelope, parse_event
from events.errors import EventError, UnknownType
from events.event import Event
from functions.runtime.bus import Publish
from functions.runtime.errors import DISK_FULL_ERRNOS, Unavailable
from functions.runtime.log import bind_log_fields, get_logger
from functions.runtime.telemetry.handling import PUBSUB, TIMER, EventArrival
from functions.runtime.telemetry.telemetry import Telemetry
from functions.runtime.trace import Trace
from functions.runtime.watchdog import Watchdog

log = get_logger()

EventT = TypeVar("EventT", bound=Event)
#: Handles one event and returns the events to publish.
Handler = Callable[[Envelope], Sequence[Event]]

_SUBJECT = re.compile(r"([0-9a-f-]{36})(?:/pages/([0-9]{1,10}))?")
_CONSUMER_ATTRIBUTES: dict[str, str | int] = {
    "messaging.system": "kafka",
    "messaging.operation.name": "process",
    "messaging.operation.type": "process",
}
#: Span attributes for a record's partition and offset, and the CloudEvents extensions that contain these numbers.
_POSITION_EXTENSIONS = {
    "messaging.destination.partition.id": "knativekafkapartition",
    "messaging.kafka.offset": "knativekafkaoffset",
}
#: Span attributes that are also log fields, and the names of these fields.
_LOG_FIELDS = {"pagebus.document": "document", "pagebus.page": "page"}

LIVENESS_PATH, READINESS_PATH = "/health/live", "/health/ready"

#: Limit of a request body. Every event of Pagebus is far smaller: Kafka's default limit is 1 MiB.
MAX_BODY_BYTES = 4 * 1024 * 1024


def bind_handler(event: type[EventT], handle: Callable[[EventT], Sequence[Event]]) -> tuple[str, Handler]:
    """Return the type of an event class, and a handler that parses envelopes and passes the events to `handle`."""
    return event.TYPE, lambda envelope: handle(parse_event(envelope, event))


def create_app(
    handlers: Mapping[str, Handler],
    publish: Publish,
    *,
    consumes: str,
    telemetry: Telemetry,
    parse_request: Callable[[Mapping[str, str], bytes], Envelope] = codec.from_http,
) -> Flask:
    """Return the application of a function that consumes the topic `consumes`.

    The keys of `handlers` are event types or patterns of types, for example "io.pagebus.*". The first match is used.
    `publish` receives the events that the handler returns. `parse_request` converts headers and body to an envelope.
    """
    app = Flask("pagebus", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    add_health_checks(app)
    add_error_handlers(app)

    @app.post("/")
    def receive() -> Response:
        body = request.get_data()
        g.arrived_at_ns = time.time_ns()
        envelope = parse_request(dict(request.headers), body)
        pattern, handler = _find_handler(handlers, envelope.type)
        arrival = _create_arrival(envelope, pattern, consumes)
        with _bind_ids(arrival), telemetry.trace_handling(arrival) as handling:
            events = handler(envelope)
            if events:
                publish(events, handling.trace)
            log.info("event.handled", type=pattern, published=len(events))
        return Response(status=204)

    return app


def add_health_checks(app: Flask) -> None:
    """Add routes to the app that answer liveness and readiness probes with status 204."""

    # The answer is 204 even if a dependency is down. After a failed probe, Knative would send no events to the replica.
    # The replica must receive them and answer 503, so that the source tries again later.
    @app.get(LIVENESS_PATH)
    @app.get(READINESS_PATH)
    def answer_probe() -> Response:
        return Response(status=204)


def add_watchdog(app: Flask, watchdog: Watchdog) -> None:
    """Make the watchdog measure each request, from the end of its body to the start of the response."""

    @app.before_request
    def start_watch() -> None:
        # Read the body first: a slow sender does not mean that this process is stalled.
        request.get_data()
        g.watch_context = ExitStack()
        g.watch_context.enter_context(watchdog.watch())

    @app.teardown_request
    def end_watch(_: BaseException | None) -> None:
        g.pop("watch_context", ExitStack()).close()


def add_error_handlers(app: Flask) -> None:
    """Add handlers to the app that answer errors with RFC 9457 problem details, without stack traces."""

    @app.errorhandler(EventError)
    def answer_unusable(error: EventError) -> tuple[Response, int]:
        log.warning("event.unusable", reason=str(error))
        return create_problem_response(422, "The event is unusable", str(error))

    @app.errorhandler(UnknownType)
    def answer_unknown_type(error: UnknownType) -> tuple[Response, int]:
        # An external system chose the type, which may contain private text. So only the response contains the type.
        log.warning("event.unknown")
        return create_problem_response(422, "The event is unusable", str(error))

    @app.errorhandler(Unavailable)
    def answer_unavailable(error: Unavailable) -> tuple[Response, int]:
        log.warning("dependency.unavailable", reason=str(error))
        return create_problem_response(503, "Try again later", str(error))

    @app.errorhandler(OSError)
    def answer_os_error(error: OSError) -> tuple[Response, int]:
        # A function stores documents on the disk while it reads them. So a full disk is like a dependency that is down.
        if error.errno in DISK_FULL_ERRNOS:
            return answer_unavailable(Unavailable("the disk is full"))
        return answer_bug(error)

    @app.errorhandler(Exception)
    def answer_bug(error: Exception) -> tuple[Response, int]:
        if isinstance(error, HTTPException):  # Flask's own errors, such as 404 and 413
            return create_problem_response(error.code or 500, error.name, error.description or "")
        log.error("request.failed", exc_info=error)
        return create_problem_response(500, "Internal error", "This is a bug. The function's log has the error.")


def create_problem_response(status: int, title: str, detail: str, **members: str | None) -> tuple[Response, int]:
    """Return a response with an RFC 9457 problem, and its status. `members` are additional fields for programs."""
    response = jsonify({"title": title, "status": status, "detail": detail, **members})
    response.mimetype = "application/problem+json"
    return response, status


def _create_arrival(envelope: Envelope, pattern: str, topic: str) -> EventArrival:
    """Return the arrival of an event from `topic`. Its attributes are safe for spans, metrics and logs.

    External systems choose id, type and subject, which may therefore contain private text. So the id is absent, and
    `pattern` replaces the type. The subject is used only if it has the form of a document or page id.
    """
    subject = _SUBJECT.fullmatch(envelope.subject or "")
    ids = {"pagebus.document": subject[1], "pagebus.page": int(subject[2] or 0)} if subject else {}
    trigger = TIMER if envelope.type == PING_TYPE else PUBSUB
    position = {name: envelope.extensions.get(extension, "") for name, extension in _POSITION_EXTENSIONS.items()}
    return EventArrival(
        topic=topic,
        trigger=trigger,
        arrived_at_ns=g.arrived_at_ns,
        event_time=envelope.time,
        trace=Trace.from_headers(origin=envelope.traceparent, hop=request.headers.get("traceparent")),
        attributes={
            **_CONSUMER_ATTRIBUTES,
            "faas.trigger": trigger,
            "messaging.destination.name": topic,
            "cloudevents.event_type": pattern,
            **{name: number for name, number in position.items() if number.isdecimal() and number.isascii()},
            **{name: value for name, value in ids.items() if value},
        },
    )


def _bind_ids(arrival: EventArrival) -> AbstractContextManager[object]:
    """Return a context in which every log line has the ids of the document and page."""
    return bind_log_fields(
        **{_LOG_FIELDS[name]: value for name, value in arrival.attributes.items() if name in _LOG_FIELDS}
    )


def _find_handler(handlers: Mapping[str, Handler], event_type: str) -> tuple[str, Handler]:
    """Return the first pattern that matches the type, and its handler. Unlike the type, the pattern is safe to log.

    If no pattern matches a type of Pagebus, only other functions handle it. Then return a handler without effect. Raise
    UnknownType for any other type.
    """
    for pattern, handler in handlers.items():
        if fnmatchcase(event_type, pattern):
            return pattern, handler
    if event_type.startswith(TYPE_PREFIX):
        return f"{TYPE_PREFIX}*", lambda _: ()
    raise UnknownType(f"no function handles events of type {event_type}")
