"""Rules for event types: a function handles every type on its topics. An unhandled event would become a dead letter."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from events.asyncapi import CHANNELS, Channel
from events.catalogue import PING_TYPE
from events.topics import BULK_SUFFIX, PAGES_PREFIX
from local.manifests.eventing import KafkaSource, PingSource
from local.manifests.loading import Manifests
from local.manifests.serving import Service
from local.rules.function_code import find_handled_types
from local.rules.relations import find_function_folder, find_service


def check_topic_events_are_handled(source: KafkaSource, manifests: Manifests) -> Iterator[str]:
    """Check that the function handles all events of the source's topics, and that page topics belong to it."""
    service = find_service(source, manifests)
    folder = service and find_function_folder(service)
    for topic in source.spec.topics if folder else ():
        channel = find_channel(topic)
        if channel is None:
            yield f"spec.topics: events/asyncapi.py has no topic {topic}; add it there or correct the name"
            continue
        for event in channel.events:
            if not _is_handled(str(folder), event.TYPE):
                yield (
                    f"spec.topics: {topic} carries {event.TYPE}, which functions/{folder} does not handle; correct the "
                    "topic or the function"
                )
        if topic.startswith(PAGES_PREFIX) and topic.removeprefix(PAGES_PREFIX).removesuffix(BULK_SUFFIX) != folder:
            yield f"spec.topics: {topic} has the pages of an engine other than {folder}; correct the name"


def check_ping_is_handled(source: PingSource, manifests: Manifests) -> Iterator[str]:
    """Check that the function of a PingSource handles pings."""
    sink = source.spec.sink.ref.name if source.spec.sink.ref else None
    service: Service | None = next((service for service in manifests.select(Service) if service.name == sink), None)
    folder = service and find_function_folder(service)
    if folder and not _is_handled(folder, PING_TYPE):
        yield f"spec.sink.ref: functions/{folder} does not handle {PING_TYPE}; correct the name"


def find_channel(topic: str) -> Channel | None:
    """Return the channel of events/asyncapi.py that describes a topic, or None if there is none."""
    return next((channel for channel in CHANNELS.values() if _build_pattern(channel).fullmatch(topic)), None)


def _is_handled(folder: str, event_type: str) -> bool:
    return any(fnmatchcase(event_type, pattern) for pattern in find_handled_types(folder))


def _build_pattern(channel: Channel) -> re.Pattern[str]:
    return re.compile(re.escape(channel.address).replace(r"\{engine\}", r"[a-z][a-z0-9]*"))
