"""Where a dead letter is to be sent again: the topic that it came from."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from events.letters import Letter, came_from
from local.cli.errors import Failed
from local.manifests.eventing import KafkaSource
from local.manifests.loading import Manifests, load
from local.twin.mesh import url_of

Feeds = Mapping[str, set[str]]


def feeds(manifests: Manifests) -> Feeds:
    """The topics that are delivered to each address inside the cluster."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for source in manifests.of(KafkaSource):
        found[url_of(source.spec.sink, source.metadata.namespace)] |= set(source.spec.topics)
    return found


def running_feeds(folders: tuple[str, ...]) -> Feeds:
    """Those of the manifests in these folders. Raises ManifestError."""
    return feeds(load([Path(folder) for folder in folders]))


def origin(letter: Letter, refused_at: str, known: Feeds) -> str:
    """The topic. Raises Failed where neither the sources nor the event tell it, or they tell otherwise."""
    sent_to, delivered_from = came_from(letter), known.get(refused_at, set())
    if sent_to is not None and (not delivered_from or sent_to in delivered_from):
        return sent_to
    if len(delivered_from) == 1:
        return next(iter(delivered_from))
    perhaps = f" It may be {' or '.join(sorted(delivered_from))}." if delivered_from else ""
    raise Failed(f"The topic that it came from is not known; name it with --topic.{perhaps}")
