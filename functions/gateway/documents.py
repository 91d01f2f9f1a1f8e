"""Routes that return the status of a document and its outputs."""

import re
from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest, NotFound

from events.states import TERMINAL_STATES, DocumentState
from functions.gateway.store import DocumentDetails, DocumentStore, OutputDetails
from functions.runtime.app import create_problem_response
from functions.runtime.storage import ObjectStream, Storage, parse_dataref

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
FlaskResponse = Response | tuple[Response, int]

#: Opens an output of a document. Returns None if the object does not exist any more. Raises Unavailable.
OpenOutput = Callable[[DocumentDetails, OutputDetails], ObjectStream | None]


def open_stored_output(
    document: DocumentDetails, output: OutputDetails, *, storage: Storage, bucket: str
) -> ObjectStream | None:
    """Return a stream of an output in the results `bucket`, or None if the object does not exist any more.

    Raise Unavailable if the store does not answer.
    """
    folder = f"documents/{document.tenant}/{document.document}/"
    return storage.stream(bucket, parse_dataref(output.dataref, bucket=bucket, prefix=folder))


def create_document_routes(store: DocumentStore, open_output: OpenOutput) -> Blueprint:
    """Return the routes GET /v1/documents/<id> and /v1/documents/<id>/<format>."""
    blueprint = Blueprint("documents", __name__, url_prefix="/v1/documents")

    @blueprint.get("/<document>")
    def show_document(document: str) -> FlaskResponse:
        details = _find_document(store, document)
        fields = details.model_dump(mode="json")
        fields["outputs"] = [_add_link(output, details) for output in store.list_outputs(details.document)]
        if _is_page_list_requested():
            fields["page_list"] = [page.model_dump() for page in store.list_pages(details.document)]
        return jsonify(fields)

    @blueprint.get("/<document>/<format_>")
    def send_output(document: str, format_: str) -> FlaskResponse:
        details = _find_document(store, document)
        if details.state is not DocumentState.COMPLETED:
            return _explain_missing_text(details)
        outputs = {output.format.value: output for output in store.list_outputs(details.document)}
        if format_ not in outputs:
            raise NotFound(f"This document has these outputs: {', '.join(outputs)}.")
        return _send_output(details, outputs[format_], open_output)

    return blueprint


def _find_document(store: DocumentStore, document: str) -> DocumentDetails:
    details = store.find(_parse_id(document))
    if details is None:
        raise NotFound("No document has this id. A document gets its id shortly after the upload.")
    return details


def _parse_id(text: str) -> UUID:
    if not _UUID.fullmatch(text):
        raise BadRequest("A document's id is a UUID, for example 5f0c2d3e-8a1b-5c4d-9e6f-7a8b9c0d1e2f.")
    return UUID(text)


def _is_page_list_requested() -> bool:
    """Return whether the query has `pages=true`. Raise BadRequest if the value is neither true nor false."""
    value = request.args.get("pages", "false")
    if value not in {"true", "false"}:
        raise BadRequest("pages must be true or false.")
    return value == "true"


def _add_link(output: OutputDetails, document: DocumentDetails) -> dict[str, object]:
    return {**output.model_dump(mode="json"), "href": f"/v1/documents/{document.document}/{output.format}"}


def _explain_missing_text(document: DocumentDetails) -> FlaskResponse:
    if document.state not in TERMINAL_STATES:
        return create_problem_response(409, "Not ready", "The document is still being read.", state=document.state)
    detail = document.message or f"The document is {document.state}."
    return create_problem_response(410, "There is no text", detail, state=document.state, reason=document.reason)


def _send_output(document: DocumentDetails, output: OutputDetails, open_output: OpenOutput) -> FlaskResponse:
    headers = {"Content-Type": output.media_type, "Content-Length": str(output.size)}
    if request.method == "HEAD":
        return Response(headers=headers)
    stream = open_output(document, output)
    if stream is None:
        return create_problem_response(
            410, "There is no text", "The output does not exist any more.", state=document.state
        )
    return Response(stream.parts, headers=headers | {"Content-Length": str(stream.size)})
