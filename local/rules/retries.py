"""Rules for retries: they last longer than a restart of a server, and end before Kafka deletes the record."""

from collections.abc import Iterator

from local.manifests.eventing import KafkaSource
from local.manifests.loading import Manifests
from local.rules.relations import RETENTION_SETTING, map_topics
from local.twin.sources.delivery import build_policy

#: Expected seconds for a restart of a broker or a database. After longer outages, the reconciler repairs documents.
RESTART_S = 120


def check_retries_outlast_restart(source: KafkaSource, _: Manifests) -> Iterator[str]:
    """Check that the pauses between retries together last at least as long as a restart of a broker or a database."""
    pauses = _sum_pauses(source)
    if pauses < RESTART_S:
        yield (
            f"spec.delivery: ends after {pauses:g} s of pauses, but a restart of a broker or a database may take "
            f"{RESTART_S} s; raise retry or backoffDelay"
        )


def check_retries_end_before_retention(source: KafkaSource, manifests: Manifests) -> Iterator[str]:
    """Check that a record that fails every retry does not block its partition for longer than Kafka keeps records."""
    delivery = source.spec.delivery
    max_seconds = _sum_pauses(source) + (delivery.retry + 1) * delivery.timeout
    for name, topic in map_topics(manifests).items():
        retention = int(topic.spec.config.get(RETENTION_SETTING, -1)) / 1000
        if name in source.spec.topics and 0 <= retention < max_seconds:
            yield (
                f"spec.delivery: may take {max_seconds:g} s, but {name} keeps records for {retention:g} s; lower retry"
            )


def _sum_pauses(source: KafkaSource) -> float:
    policy = build_policy(source.spec.delivery)
    return sum(policy.get_pause(attempt) for attempt in range(1, policy.retries + 1))
