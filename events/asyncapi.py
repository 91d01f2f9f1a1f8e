"""The AsyncAPI 3 document: the topics, seen by somebody who uploads and subscribes."""

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
from events.envelope import JSON, Envelope
from events.event import Event
from events.examples import EXAMPLES, NOON, TRACEPARENT
from events.page import PageFailed, PageRecognized, PageRequested

Node = dict[str, Any]


@dataclass(frozen=True)
class Channel:
    """A topic, and what is said there. What is not public may change with any version."""

    address: str
    description: str
    events: tuple[type[Event], ...] = ()
    public: bool = False


CHANNELS: dict[str, Channel] = {
    "uploads": Channel(
        topics.UPLOADS,
        "What waits to be read. Bucket notifications (raw S3 JSON, and com.amazonaws.s3.* of the CloudEvents adapter) "
        "are taken here too.",
        (DocumentUploaded,),
        public=True,
    ),
    "results": Channel(
        topics.RESULTS,
        "Pages, each once, after its text is committed. Reason codes may be added.",
        (PageRecognized, PageFailed),
        public=True,
    ),
    "documents": Channel(
        topics.DOCUMENTS,
        "Documents from acceptance to their one end. Reason codes may be added.",
        (
            DocumentAccepted,
            DocumentRejected,
            DocumentCompleted,
            DocumentFailed,
            DocumentCancelled,
            DocumentErased,
        ),
        public=True,
    ),
    "outcomes": Channel(topics.OUTCOMES, "What functions found, before it is committed.", catalogue.OUTCOMES),
    "pages": Channel(f"{topics.PAGES}{{engine}}", "Pages for an engine.", (PageRequested,)),
    "bulkPages": Channel(
        f"{topics.PAGES}{{engine}}{topics.BULK}", "Pages of long documents for an engine.", (PageRequested,)
    ),
    "assemblies": Channel(topics.ASSEMBLIES, "Documents whose pages are all in.", (DocumentRecognized,)),
    "deadLetters": Channel(topics.DEAD_LETTERS, "What could not be delivered, with Knative's error attributes."),
}


def document(version: str) -> Node:
    """The whole description of this version."""
    return {
        "asyncapi": "3.0.0",
        "id": "urn:pagebus",
        "info": {
            "title": "Pagebus",
            "version": version,
            "description": "Upload to S3 or publish CloudEvents 1.0; subscribe to results. On Kafka, binary mode.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": JSON,
        "channels": {name: _channel(channel) for name, channel in CHANNELS.items()},
        "operations": {
            "announceUpload": _operation("send", "uploads", "Ask for a document to be read."),
            "receivePages": _operation("receive", "results", "Take pages as they come in."),
            "receiveDocuments": _operation("receive", "documents", "Follow documents to their end."),
        },
        "components": {
            "messages": {event.__name__: _message(event) for event in catalogue.EVENTS.values()},
            "schemas": {"CloudEventHeaders": _HEADERS},
        },
    }


def _channel(channel: Channel) -> Node:
    names = [event.__name__ for event in channel.events]
    engine = {"engine": {"description": "An engine's name, as tesseract."}} if "{engine}" in channel.address else {}
    return {
        "address": channel.address,
        "description": channel.description,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        **({"parameters": engine} if engine else {}),
        "tags": [{"name": "public" if channel.public else "internal"}],
        "x-internal": not channel.public,
    }


def _operation(action: str, channel: str, summary: str) -> Node:
    names = [event.__name__ for event in CHANNELS[channel].events]
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names],
    }


def _message(event: type[Event]) -> Node:
    said = codec.to_kafka(_envelope(EXAMPLES[event.TYPE]), "")
    headers = {name: value.decode() for name, value in said.headers.items()}
    typed = {"type": "object", "properties": {"ce_type": {"const": event.TYPE}}}
    return {
        "name": event.TYPE,
        "title": event.__name__,
        "summary": event.__doc__,
        "contentType": JSON,
        "headers": {"allOf": [{"$ref": "#/components/schemas/CloudEventHeaders"}, typed]},
        "payload": {"$ref": f"./{event.TYPE}.json"},
        "bindings": {"kafka": {"key": _KEY, "bindingVersion": "0.5.0"}},
        "examples": [{"headers": headers, "payload": json.loads(said.value)}],
    }


def _envelope(event: Event) -> Envelope:
    speakers = {DocumentUploaded: "gateway", PageRequested: "intake"}
    function = speakers.get(type(event), topics.PERSISTENCE)
    return Envelope.around(event, function=function, time=NOON, traceparent=TRACEPARENT)


_KEY: Node = {
    "type": "string",
    "description": "Keeps what belongs together in order; it is no part of the event, and any key is taken.",
}
_HEADERS: Node = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "minLength": 1, "description": "The same for every repetition of the same fact."},
        "ce_source": {"type": "string", "minLength": 1, "description": "/pagebus/<function>, or yours."},
        "ce_type": {"type": "string", "minLength": 1},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_subject": {"type": "string", "description": "<document id>, or <document id>/pages/<page>."},
        "ce_traceparent": {"type": "string", "description": "The trace that the document started with (W3C)."},
        "content-type": {"const": JSON},
    },
}
