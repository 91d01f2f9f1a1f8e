"""Builder of the AsyncAPI 3 document, which describes topics and events for clients that upload or subscribe."""

import json
from dataclasses import dataclass
from typing import Any

from events import catalogue, codec, topics
from events.document import (
    DocumentAccepted,
    DocumentCancelled,
    DocumentCompleted,
    DocumentErased,
    DocumentFailed,
    DocumentRecognized,
    DocumentRejected,
    DocumentUploaded,
)
from events.envelope import JSON_CONTENT_TYPE, Envelope
from events.event import Event
from events.examples import EXAMPLES, NOON, TRACEPARENT
from events.page import PageFailed, PageRecognized, PageRequested

#: A JSON object of the AsyncAPI document.
JsonObject = dict[str, Any]


@dataclass(frozen=True)
class Channel:
    """A topic and its events. Any version of Pagebus may change a topic that is not public."""

    address: str
    description: str
    events: tuple[type[Event], ...] = ()
    is_public: bool = False


CHANNELS: dict[str, Channel] = {
    "uploads": Channel(
        topics.UPLOADS,
        "Uploads that wait to be read. This topic also takes bucket notifications (raw S3 JSON, and com.amazonaws.s3.* "
        "of the CloudEvents adapter).",
        (DocumentUploaded,),
        is_public=True,
    ),
    "results": Channel(
        topics.RESULTS,
        "Results of pages, one per page, published after the text is committed. Later versions may add reason codes.",
        (PageRecognized, PageFailed),
        is_public=True,
    ),
    "documents": Channel(
        topics.DOCUMENTS,
        "Progress of documents, from acceptance to exactly one final event. Later versions may add reason codes.",
        (
            DocumentAccepted,
            DocumentRejected,
            DocumentCompleted,
            DocumentFailed,
            DocumentCancelled,
            DocumentErased,
        ),
        is_public=True,
    ),
    "outcomes": Channel(topics.OUTCOMES, "Outcomes of functions, before they are committed.", catalogue.OUTCOME_EVENTS),
    "pages": Channel(f"{topics.PAGES_PREFIX}{{engine}}", "Page requests for an engine.", (PageRequested,)),
    "bulkPages": Channel(
        f"{topics.PAGES_PREFIX}{{engine}}{topics.BULK_SUFFIX}",
        "Page requests of long documents for an engine.",
        (PageRequested,),
    ),
    "assemblies": Channel(
        topics.ASSEMBLIES, "Documents with a result for each page, ready to be assembled.", (DocumentRecognized,)
    ),
    "deadLetters": Channel(topics.DEAD_LETTERS, "Events that could not be delivered, with Knative's error attributes."),
}


def build_asyncapi(version: str) -> JsonObject:
    """Return the AsyncAPI document of a Pagebus version, such as "0.1.0", as a JSON object."""
    return {
        "asyncapi": "3.0.0",
        "id": "urn:pagebus",
        "info": {
            "title": "Pagebus",
            "version": version,
            "description": "Upload to S3 or publish CloudEvents 1.0; subscribe to results. On Kafka, binary mode.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": JSON_CONTENT_TYPE,
        "channels": {name: _build_channel(channel) for name, channel in CHANNELS.items()},
        "operations": {
            "announceUpload": _build_operation("send", "uploads", "Request that a document is read."),
            "receivePages": _build_operation("receive", "results", "Receive the results of pages."),
            "receiveDocuments": _build_operation("receive", "documents", "Receive the progress of documents."),
        },
        "components": {
            "messages": {event.__name__: _build_message(event) for event in catalogue.EVENTS_BY_TYPE.values()},
            "schemas": {"CloudEventHeaders": _HEADERS},
        },
    }


def _build_channel(channel: Channel) -> JsonObject:
    message_names = [event.__name__ for event in channel.events]
    has_engine = "{engine}" in channel.address
    parameters = {"engine": {"description": "Name of an engine, for example tesseract."}} if has_engine else {}
    return {
        "address": channel.address,
        "description": channel.description,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in message_names},
        **({"parameters": parameters} if parameters else {}),
        "tags": [{"name": "public" if channel.is_public else "internal"}],
        "x-internal": not channel.is_public,
    }


def _build_operation(action: str, channel: str, summary: str) -> JsonObject:
    message_names = [event.__name__ for event in CHANNELS[channel].events]
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in message_names],
    }


def _build_message(event: type[Event]) -> JsonObject:
    record = codec.to_kafka(_build_envelope(EXAMPLES[event.TYPE]), "")
    headers = {name: value.decode() for name, value in record.headers.items()}
    type_header = {"type": "object", "properties": {"ce_type": {"const": event.TYPE}}}
    return {
        "name": event.TYPE,
        "title": event.__name__,
        "summary": event.__doc__,
        "contentType": JSON_CONTENT_TYPE,
        "headers": {"allOf": [{"$ref": "#/components/schemas/CloudEventHeaders"}, type_header]},
        "payload": {"$ref": f"./{event.TYPE}.json"},
        "bindings": {"kafka": {"key": _KEY, "bindingVersion": "0.5.0"}},
        "examples": [{"headers": headers, "payload": json.loads(record.value)}],
    }


def _build_envelope(event: Event) -> Envelope:
    publishers = {DocumentUploaded: "gateway", PageRequested: "intake"}
    function = publishers.get(type(event), topics.PERSISTENCE)
    return Envelope.from_event(event, function=function, time=NOON, traceparent=TRACEPARENT)


_KEY: JsonObject = {
    "type": "string",
    "description": "Records with the same key stay in order. The key is not part of the event. Any key is allowed.",
}
_HEADERS: JsonObject = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "minLength": 1, "description": "A repetition of an event has the same id."},
        "ce_source": {
            "type": "string",
            "minLength": 1,
            "description": "/pagebus/<function>, or the source of the client.",
        },
        "ce_type": {"type": "string", "minLength": 1},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_subject": {"type": "string", "description": "<document id> or <document id>/pages/<page>."},
        "ce_traceparent": {"type": "string", "description": "W3C trace context that the document started with."},
        "content-type": {"const": JSON_CONTENT_TYPE},
    },
}
