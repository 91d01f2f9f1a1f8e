"""What became of a document, and its text."""

import re
from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest, NotFound

from events.states import ENDED, DocumentState
from functions.gateway.records import Document, Output, Records
from functions.runtime.app import problem
from functions.runtime.storage import Storage, Stream, object_of

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
Answer = Response | tuple[Response, int]


#: Opens one output of a document. Raises Unavailable.
Open = Callable[[Document, Output], Stream | None]


def opened(document: Document, output: Output, *, storage: Storage, bucket: str) -> Stream | None:
    """The output in the results bucket, or None when it is no longer kept."""
    folder = f"documents/{document.tenant}/{document.document}/"
    return storage.stream(bucket, object_of(output.dataref, bucket=bucket, prefix=folder))


def routes(records: Records, open_: Open) -> Blueprint:
    """GET /v1/documents/<id> and /v1/documents/<id>/<format>."""
    blueprint = Blueprint("documents", __name__, url_prefix="/v1/documents")

    @blueprint.get("/<document>")
    def show(document: str) -> Answer:
        found = _found(records, document)
        links = [_linked(output, found) for output in records.outputs(found.document)]
        pages = {"page_list": [page.model_dump() for page in records.pages(found.document)]} if _wants_pages() else {}
        return jsonify({**found.model_dump(mode="json"), "outputs": links, **pages})

    @blueprint.get("/<document>/<format_>")
    def output(document: str, format_: str) -> Answer:
        found = _found(records, document)
        if found.state is not DocumentState.COMPLETED:
            return _without_text(found)
        written = {output.format.value: output for output in records.outputs(found.document)}
        if format_ not in written:
            raise NotFound(f"This document has these outputs: {', '.join(written)}.")
        return _sent(found, written[format_], open_)

    return blueprint


def _found(records: Records, written: str) -> Document:
    found = records.find(_id(written))
    if found is None:
        raise NotFound("No document has this id. It gets one shortly after its upload.")
    return found


def _id(written: str) -> UUID:
    if not _UUID.fullmatch(written):
        raise BadRequest("A document's id is a UUID, as 5f0c2d3e-8a1b-5c4d-9e6f-7a8b9c0d1e2f.")
    return UUID(written)


def _wants_pages() -> bool:
    wish = request.args.get("pages", "false")
    if wish not in {"true", "false"}:
        raise BadRequest("pages must be true or false.")
    return wish == "true"


def _linked(output: Output, document: Document) -> dict[str, object]:
    return {**output.model_dump(mode="json"), "href": f"/v1/documents/{document.document}/{output.format}"}


def _without_text(found: Document) -> Answer:
    if found.state not in ENDED:
        return problem(409, "Not ready", "The document is still being read.", state=found.state)
    detail = found.message or f"The document is {found.state}."
    return problem(410, "There is no text", detail, state=found.state, reason=found.reason)


def _sent(found: Document, output: Output, open_: Open) -> Answer:
    headers = {"Content-Type": output.media_type, "Content-Length": str(output.size)}
    if request.method == "HEAD":
        return Response(headers=headers)
    stream = open_(found, output)
    if stream is None:
        return problem(410, "There is no text", "The output is no longer kept.", state=found.state)
    return Response(stream.parts, headers=headers | {"Content-Length": str(stream.size)})
