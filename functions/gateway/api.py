"""The HTTP application. Errors are RFC 9457 problems. Headers forbid caches and content-type sniffing."""

from flask import Flask, Response

from functions.gateway.documents import OpenOutput, create_document_routes
from functions.gateway.notifications import Produce, create_notification_routes
from functions.gateway.store import DocumentStore
from functions.runtime.app import add_error_handlers, add_health_checks

#: The maximum size of an Amazon SNS message. Kafka accepts records of four times this size, so it accepts every body.
MAX_BODY_BYTES = 256 * 1024


def create_gateway(*, store: DocumentStore, open_output: OpenOutput, produce: Produce) -> Flask:
    """Return the application with all routes under /v1 and the health checks."""
    app = Flask("pagebus", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    add_health_checks(app)
    add_error_handlers(app)
    # Add authentication here, as `before_request` of both blueprints, so that every route has it.
    app.register_blueprint(create_notification_routes(produce))
    app.register_blueprint(create_document_routes(store, open_output))
    app.after_request(_set_privacy_headers)
    return app


def _set_privacy_headers(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    # The text of a document may look like HTML, and its author is unknown.
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
