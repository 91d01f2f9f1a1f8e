"""List of all event types of Pagebus, and the types that Knative gives to pings and raw records."""

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

#: Events about the results of other functions, which persistence consumes.
Outcome = DocumentAccepted | DocumentRejected | DocumentAssembled | DocumentFailed | PageRecognized | PageFailed

OUTCOME_EVENTS: tuple[type[Event], ...] = get_args(Outcome)
EVENTS_BY_TYPE: dict[str, type[Event]] = {
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
#: The prefix of all event types of Pagebus.
TYPE_PREFIX = "io.pagebus."
#: The type of events from a PingSource.
PING_TYPE = "dev.knative.sources.ping"
#: The type that a KafkaSource assigns to a record that is not a CloudEvent, such as an S3 notification.
RAW_RECORD_TYPE = "dev.knative.kafka.event"
