"""A source bridges a restart of what its function depends on, and gives up before its topic forgets."""

from collections.abc import Iterator

from local.manifests.eventing import KafkaSource
from local.manifests.loading import Manifests
from local.rules.landscape import RETENTION, topics
from local.twin.sources.delivery import policy

#: A broker or a database that restarts is back by then; what is away for longer, the reconciler makes good.
LEAST_S = 120


def outlasts_a_restart(source: KafkaSource, _: Manifests) -> Iterator[str]:
    pauses = _pauses(source)
    if pauses < LEAST_S:
        yield (
            f"spec.delivery: gives up after {pauses:g} s of pauses, before a broker or a database has restarted "
            f"({LEAST_S} s); raise retry or backoffDelay"
        )


def gives_up_before_its_topic_forgets(source: KafkaSource, manifests: Manifests) -> Iterator[str]:
    """One record that is tried to the end holds up its partition for so long."""
    delivery = source.spec.delivery
    longest = _pauses(source) + (delivery.retry + 1) * delivery.timeout
    for name, topic in topics(manifests).items():
        kept = int(topic.spec.config.get(RETENTION, -1)) / 1000
        if name in source.spec.topics and 0 <= kept < longest:
            yield f"spec.delivery: may take {longest:g} s for a record that {name} keeps for {kept:g} s; lower retry"


def _pauses(source: KafkaSource) -> float:
    tried = policy(source.spec.delivery)
    return sum(tried.pause(attempt) for attempt in range(1, tried.retries + 1))
