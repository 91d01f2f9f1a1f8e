"""A topic carries nothing that the function behind it does not take: all of that would be dead letters."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from events.asyncapi import CHANNELS, Channel
from events.catalogue import PING
from events.topics import BULK, PAGES
from local.manifests.eventing import KafkaSource, PingSource
from local.manifests.loading import Manifests
from local.manifests.serving import Service
from local.rules import code
from local.rules.landscape import fed, function_of


def takes_what_its_topics_carry(source: KafkaSource, manifests: Manifests) -> Iterator[str]:
    service = fed(source, manifests)
    folder = service and function_of(service)
    for topic in source.spec.topics if folder else ():
        channel = channel_of(topic)
        if channel is None:
            yield f"spec.topics: events/asyncapi.py knows no topic {topic}; describe it there or correct the name"
            continue
        for event in channel.events:
            if not _takes(str(folder), event.TYPE):
                yield f"spec.topics: {topic} carries {event.TYPE}, which functions/{folder} does not take; correct one"
        if topic.startswith(PAGES) and topic.removeprefix(PAGES).removesuffix(BULK) != folder:
            yield f"spec.topics: {topic} holds the pages of another engine than {folder}; correct the name"


def takes_what_a_clock_says(source: PingSource, manifests: Manifests) -> Iterator[str]:
    wanted = source.spec.sink.ref.name if source.spec.sink.ref else None
    service: Service | None = next((found for found in manifests.of(Service) if found.name == wanted), None)
    folder = service and function_of(service)
    if folder and not _takes(folder, PING):
        yield f"spec.sink.ref: functions/{folder} does not take {PING}; correct the name"


def _takes(folder: str, type_: str) -> bool:
    return any(fnmatchcase(type_, pattern) for pattern in code.handled(folder))


def channel_of(topic: str) -> Channel | None:
    """What is said on this topic; None where nobody knows it."""
    return next((channel for channel in CHANNELS.values() if _pattern(channel).fullmatch(topic)), None)


def _pattern(channel: Channel) -> re.Pattern[str]:
    return re.compile(re.escape(channel.address).replace(r"\{engine\}", r"[a-z][a-z0-9]*"))
