"""The HTTP API: every error is an RFC 9457 problem, and nothing of a document is cached or sniffed on its way."""

from flask import Flask, Response

from functions.gateway import documents, notifications
from functions.gateway.documents import Open
from functions.gateway.notifications import Produce
from functions.gateway.records import Records
from functions.runtime.app import add_health, add_problems

#: Amazon SNS sends no more, and Kafka takes four times as much.
MAX_BODY_BYTES = 256 * 1024


def application(*, records: Records, open_: Open, produce: Produce) -> Flask:
    """All routes under /v1, and the probes."""
    app = Flask("pagebus", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    add_health(app)
    add_problems(app)
    # Authentication goes here, as a `before_request` of both blueprints, so that no route can forget it.
    app.register_blueprint(notifications.routes(produce))
    app.register_blueprint(documents.routes(records, open_))
    app.after_request(_kept_private)
    return app


def _kept_private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    # The text of a stranger's document may look like HTML.
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
