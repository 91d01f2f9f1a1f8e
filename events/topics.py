"""Which event goes to which topic, under which key."""

from events.document import DocumentRecognized, DocumentUploaded
from events.event import Event, OfDocument, OfPage
from events.identity import object_id
from events.page import PageRequested

UPLOADS = "pagebus.uploads"
OUTCOMES = "pagebus.outcomes"
RESULTS = "pagebus.results"
DOCUMENTS = "pagebus.documents"
ASSEMBLIES = "pagebus.assemblies"
DEAD_LETTERS = "pagebus.dead-letters"
PAGES = "pagebus.pages."
BULK = ".bulk"

#: The function that says what is committed, and so speaks to subscribers.
PERSISTENCE = "persistence"


def pages_topic(engine: str, *, bulk: bool) -> str:
    """The topic that feeds an engine; long documents have a lane of their own."""
    return f"{PAGES}{engine}{BULK if bulk else ''}"


def topic_of(event: Event, function: str) -> str:
    """Where `function` says this."""
    if isinstance(event, PageRequested):
        return pages_topic(event.engine, bulk=event.bulk)
    return topic_of_type(type(event), function)


def topic_of_type(event: type[Event], function: str) -> str:
    """The same where no engine is meant: what functions find is internal, what is committed is for everyone."""
    if issubclass(event, DocumentUploaded):
        return UPLOADS
    if issubclass(event, DocumentRecognized):
        return ASSEMBLIES
    if function != PERSISTENCE:
        return OUTCOMES
    return RESULTS if issubclass(event, OfPage) else DOCUMENTS


def key_of(event: Event) -> str:
    """The Kafka key: pages to be read spread over partitions, everything else of a document stays in order."""
    if isinstance(event, PageRequested):
        return event.subject
    if isinstance(event, OfDocument):
        return str(event.document)
    if isinstance(event, DocumentUploaded):
        return str(object_id(event.bucket, event.key))
    return str(event.id)
