"""The Flask application around a function: a CloudEvent in, the function's events out, a status for Knative.

2xx: the effect is durable and everything said is acknowledged. 503: a dependency is down, try again. 422: the event
itself is unusable, dead-letter it. 500: a defect of ours, tried again and then dead-lettered.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from fnmatch import fnmatchcase
from typing import TypeVar

import structlog
from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from events import codec
from events.catalogue import OURS, PING
from events.envelope import Envelope, read
from events.errors import EventError, UnknownType
from events.event import Event
from functions.runtime.bus import Publish
from functions.runtime.errors import FULL, Unavailable
from functions.runtime.telemetry.handling import PUBSUB, TIMER, Arrival
from functions.runtime.telemetry.telemetry import Telemetry
from functions.runtime.trace import Trace
from functions.runtime.watchdog import Watchdog

log = structlog.get_logger()

E = TypeVar("E", bound=Event)
Handler = Callable[[Envelope], Sequence[Event]]

_NAME = re.compile(r"([0-9a-f-]{36})(?:/pages/([0-9]{1,10}))?")
_CONSUMING: dict[str, str | int] = {
    "messaging.system": "kafka",
    "messaging.operation.name": "process",
    "messaging.operation.type": "process",
}
#: Where the record lay, as Knative says.
_PLACE = {"messaging.destination.partition.id": "knativekafkapartition", "messaging.kafka.offset": "knativekafkaoffset"}
_LOGGED = {"pagebus.document": "document", "pagebus.page": "page"}

#: Where probes ask.
LIVE, READY = "/health/live", "/health/ready"

#: Far above every event of ours; Kafka's own limit is 1 MiB.
MAX_BODY_BYTES = 4 * 1024 * 1024


def on(event: type[E], handle: Callable[[E], Sequence[Event]]) -> tuple[str, Handler]:
    """Register a handler that wants the payload only."""
    return event.TYPE, lambda envelope: handle(read(envelope, event))


def application(  # what a function consists of
    handlers: Mapping[str, Handler],
    publish: Publish,
    *,
    consumes: str,
    telemetry: Telemetry,
    received: Callable[[Mapping[str, str], bytes], Envelope] = codec.from_http,
) -> Flask:
    """A function that `consumes` a topic. Handlers stand under event types or patterns of them; the first wins."""
    app = Flask("pagebus", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    add_health(app)
    add_problems(app)

    @app.post("/")
    def receive() -> Response:
        body = request.get_data()
        g.arrived = time.time_ns()
        envelope = received(dict(request.headers), body)
        pattern, handler = _handler(handlers, envelope.type)
        arrival = _arrival(envelope, pattern, consumes)
        with _named(arrival), telemetry.handling(arrival) as handling:
            events = handler(envelope)
            if events:
                publish(events, handling.trace)
            log.info("event.handled", type=pattern, said=len(events))
        return Response(status=204)

    return app


def add_health(app: Flask) -> None:
    """Answer probes: who answers is alive, and ready."""

    # Ready whatever is down: a replica must not be taken away for that, its 503 is what makes the source wait.
    @app.get(LIVE)
    @app.get(READY)
    def serves() -> Response:
        return Response(status=204)


def add_watch(app: Flask, watchdog: Watchdog) -> None:
    """Watch over what is done for a request from its arrival, the end of its body, to the beginning of its answer."""

    @app.before_request
    def begin() -> None:
        # A sender that takes its time is not our being stuck.
        request.get_data()
        g.watched = ExitStack()
        g.watched.enter_context(watchdog.watching())

    @app.teardown_request
    def end(_: BaseException | None) -> None:
        g.pop("watched", ExitStack()).close()


def add_problems(app: Flask) -> None:
    """Answer errors as RFC 9457 problems, which say what happened and never show a stack trace."""

    @app.errorhandler(EventError)
    def unusable(error: EventError) -> tuple[Response, int]:
        log.warning("event.unusable", reason=str(error))
        return problem(422, "The event is unusable", str(error))

    @app.errorhandler(UnknownType)
    def unknown(error: UnknownType) -> tuple[Response, int]:
        # A stranger's type may say anything: it goes back to them, and into no log.
        log.warning("event.unknown")
        return problem(422, "The event is unusable", str(error))

    @app.errorhandler(Unavailable)
    def unavailable(error: Unavailable) -> tuple[Response, int]:
        log.warning("dependency.unavailable", reason=str(error))
        return problem(503, "Try again later", str(error))

    @app.errorhandler(OSError)
    def failed(error: OSError) -> tuple[Response, int]:
        # Documents lie on this disk while they are read: it is a dependency like others, and empties again.
        return unavailable(Unavailable("the disk is full")) if error.errno in FULL else defect(error)

    @app.errorhandler(Exception)
    def defect(error: Exception) -> tuple[Response, int]:
        if isinstance(error, HTTPException):  # Flask's own, such as 404 or 413
            return problem(error.code or 500, error.name, error.description or "")
        log.error("request.failed", exc_info=error)
        return problem(500, "Internal error", "This is a defect; the function's log says where.")


def problem(status: int, title: str, detail: str, **members: str | None) -> tuple[Response, int]:
    """An RFC 9457 problem; further members are what a program may want to know."""
    response = jsonify({"title": title, "status": status, "detail": detail, **members})
    response.mimetype = "application/problem+json"
    return response, status


def _arrival(envelope: Envelope, pattern: str, topic: str) -> Arrival:
    """What may be told of an event. A stranger's subject may be a file name, and his id and type anything."""
    named = _NAME.fullmatch(envelope.subject or "")
    about = {"pagebus.document": named[1], "pagebus.page": int(named[2] or 0)} if named else {}
    trigger = TIMER if envelope.type == PING else PUBSUB
    place = {name: envelope.extensions.get(extension, "") for name, extension in _PLACE.items()}
    return Arrival(
        topic=topic,
        trigger=trigger,
        at=g.arrived,
        sent=envelope.time,
        trace=Trace.read(origin=envelope.traceparent, hop=request.headers.get("traceparent")),
        attributes={
            **_CONSUMING,
            "faas.trigger": trigger,
            "messaging.destination.name": topic,
            "cloudevents.event_type": pattern,
            **{name: number for name, number in place.items() if number.isdecimal() and number.isascii()},
            **{name: value for name, value in about.items() if value},
        },
    )


def _named(arrival: Arrival) -> AbstractContextManager[object]:
    """While an event is handled, every line of the log says of which document and page."""
    about = {_LOGGED[name]: value for name, value in arrival.attributes.items() if name in _LOGGED}
    return structlog.contextvars.bound_contextvars(**about)


def _handler(handlers: Mapping[str, Handler], event_type: str) -> tuple[str, Handler]:
    """The first pattern that fits, which unlike the type may be logged, and what stands under it."""
    for pattern, handler in handlers.items():
        if fnmatchcase(event_type, pattern):
            return pattern, handler
    if event_type.startswith(OURS):  # somebody else's business
        return f"{OURS}*", lambda _: ()
    raise UnknownType(f"no function here knows events of type {event_type}")
