"""The original topic of a dead letter, derived from the manifests and from the event."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from events.dead_letters import DeadLetter, find_topic
from local.cli.shell.errors import CommandFailedError
from local.manifests.eventing import KafkaSource
from local.manifests.loading import Manifests, load_manifests
from local.twin.cluster_network import resolve_url

#: The topics whose records Knative delivers to a URL, by this cluster-internal URL.
TopicsByUrl = Mapping[str, set[str]]


def load_topics_by_url(folders: tuple[str, ...]) -> TopicsByUrl:
    """Return the topics by URL, from the KafkaSources in these folders. Raise ManifestError for an invalid manifest."""
    return _collect_topics(load_manifests([Path(folder) for folder in folders]))


def find_origin_topic(dead_letter: DeadLetter, refused_at: str, topics_by_url: TopicsByUrl) -> str:
    """Return the topic of the event that the URL `refused_at` refused.

    Usually the event itself determines its topic. If it does not, or if KafkaSources deliver only other topics to this
    URL, return the topic that they deliver. Raise CommandFailedError if they deliver no topic or several topics.
    """
    event_topic, source_topics = find_topic(dead_letter), topics_by_url.get(refused_at, set())
    if event_topic is not None and (not source_topics or event_topic in source_topics):
        return event_topic
    if len(source_topics) == 1:
        return next(iter(source_topics))
    candidates = f" Candidates are {' or '.join(sorted(source_topics))}." if source_topics else ""
    raise CommandFailedError(f"The original topic of the event is unknown. Name the topic with --topic.{candidates}")


def _collect_topics(manifests: Manifests) -> TopicsByUrl:
    topics: defaultdict[str, set[str]] = defaultdict(set)
    for source in manifests.select(KafkaSource):
        topics[resolve_url(source.spec.sink, source.metadata.namespace)] |= set(source.spec.topics)
    return topics
