"""Every event there is, by its type."""

from typing import get_args

from events.document import (
    DocumentAccepted,
    DocumentAssembled,
    DocumentCancelled,
    DocumentCompleted,
    DocumentErased,
    DocumentFailed,
    DocumentRecognized,
    DocumentRejected,
    DocumentUploaded,
)
from events.event import Event
from events.page import PageFailed, PageRecognized, PageRequested

#: What persistence listens to.
Outcome = DocumentAccepted | DocumentRejected | DocumentAssembled | DocumentFailed | PageRecognized | PageFailed

OUTCOMES: tuple[type[Event], ...] = get_args(Outcome)
EVENTS: dict[str, type[Event]] = {
    event.TYPE: event
    for event in (
        DocumentUploaded,
        DocumentAccepted,
        DocumentRejected,
        PageRequested,
        PageRecognized,
        PageFailed,
        DocumentRecognized,
        DocumentAssembled,
        DocumentCompleted,
        DocumentFailed,
        DocumentCancelled,
        DocumentErased,
    )
}
OURS = "io.pagebus."
#: What a PingSource sends.
PING = "dev.knative.sources.ping"
#: What a KafkaSource calls a record that is no CloudEvent, as a store's own notification.
RAW = "dev.knative.kafka.event"
