"""Topics and record keys of events."""

from events.document import DocumentRecognized, DocumentUploaded
from events.event import DocumentEvent, Event, PageEvent
from events.identity import compute_object_id
from events.page import PageRequested

UPLOADS = "pagebus.uploads"
OUTCOMES = "pagebus.outcomes"
RESULTS = "pagebus.results"
DOCUMENTS = "pagebus.documents"
ASSEMBLIES = "pagebus.assemblies"
DEAD_LETTERS = "pagebus.dead-letters"
PAGES_PREFIX = "pagebus.pages."
BULK_SUFFIX = ".bulk"

#: The function that publishes committed events to subscribers.
PERSISTENCE = "persistence"


def get_pages_topic(engine: str, *, bulk: bool) -> str:
    """Return the topic with page requests for an engine. Long documents (`bulk`) use a topic of their own."""
    return f"{PAGES_PREFIX}{engine}{BULK_SUFFIX if bulk else ''}"


def get_topic(event: Event, function: str) -> str:
    """Return the topic to which `function` publishes the event."""
    if isinstance(event, PageRequested):
        return get_pages_topic(event.engine, bulk=event.bulk)
    return get_topic_for_type(type(event), function)


def get_topic_for_type(event: type[Event], function: str) -> str:
    """Return the topic to which `function` publishes events of a type other than PageRequested.

    Persistence publishes committed events to public topics. Other functions publish outcomes to an internal topic.
    """
    if issubclass(event, DocumentUploaded):
        return UPLOADS
    if issubclass(event, DocumentRecognized):
        return ASSEMBLIES
    if function != PERSISTENCE:
        return OUTCOMES
    return RESULTS if issubclass(event, PageEvent) else DOCUMENTS


def get_record_key(event: Event) -> str:
    """Return the key of the event's Kafka record.

    Each page request has its own key, so requests spread over all partitions. Other events of a document have the same
    key, so they stay in order. An upload has no document id yet, so the object's id is the key.
    """
    if isinstance(event, PageRequested):
        return event.subject
    if isinstance(event, DocumentEvent):
        return str(event.document)
    if isinstance(event, DocumentUploaded):
        return str(compute_object_id(event.bucket, event.key))
    return str(event.id)
