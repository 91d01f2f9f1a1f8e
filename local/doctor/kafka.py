"""Whether Kafka answers, can be reached by the names that it gives itself, and has the topics of the manifests."""

import socket
from collections.abc import Iterable
from contextlib import closing

from confluent_kafka import KafkaException

from local.doctor.address import without
from local.doctor.finding import Finding, ok, warning, wrong
from local.platform import topics
from local.platform.topics import Cluster, Topic

GROUP = "servers"

_ANSWER_S = 5.0
_CONNECT_S = 2.0
_SHOWN = 5


def check(servers: str, wanted: Iterable[Topic], remedy: str, *, is_up: bool) -> list[Finding]:
    """`remedy` is what to do when it does not answer; `is_up` says that somebody has made the topics."""
    try:
        cluster = topics.look(servers, _ANSWER_S)
    except KafkaException as error:
        why = without(error.args[0].str())
        return [wrong(GROUP, "Kafka", f"does not answer at {servers}: {why}", remedy)]
    lost = [f"{host}:{port}" for host, port in cluster.brokers if not _reached(host, port)]
    return [broker(servers, len(cluster.brokers), lost), *of_topics(cluster, list(wanted), is_up=is_up)]


def broker(servers: str, brokers: int, lost: list[str]) -> Finding:
    """`lost` are brokers that cannot be reached by the names that Kafka tells its clients."""
    if lost:
        found = f"answers at {servers}, and calls itself {', '.join(lost)}, where nothing answers"
        return wrong(GROUP, "Kafka", found, "Let advertised.listeners name what this machine can reach.")
    return ok(GROUP, "Kafka", f"answers at {servers}, {brokers} broker{'s' if brokers != 1 else ''}")


def of_topics(cluster: Cluster, wanted: list[Topic], *, is_up: bool) -> list[Finding]:
    """Missing topics, and those that have another number of partitions than their manifests say."""
    if not wanted:
        return []
    missing = [topic.name for topic in wanted if topic.name not in cluster.partitions]
    others = [topic for topic in wanted if topic.name in cluster.partitions]
    found = [finding for topic in others if (finding := _of_partitions(topic, cluster))]
    if missing and is_up:
        advice = "Make them as the manifests say; `pagebus down`, then `pagebus up` does."
        found.append(wrong(GROUP, "topics", f"missing: {_some(missing)}", advice))
    elif missing:
        found.append(ok(GROUP, "topics", f"not there yet: {_some(missing)}", "`pagebus up` makes them."))
    return found or [ok(GROUP, "topics", f"all {len(wanted)} of the manifests")]


def _of_partitions(topic: Topic, cluster: Cluster) -> Finding | None:
    has = cluster.partitions[topic.name]
    found = f"{has} partitions, and not {topic.partitions}"
    if has < topic.partitions:
        return warning(GROUP, f"topic {topic.name}", found, "Add partitions: they are the events in flight at a time.")
    # The embedded broker gives all topics the same number.
    if has > topic.partitions and not cluster.embedded:
        advice = "Say so in its KafkaTopic, and as `consumers` of its sources: a cluster starves partitions otherwise."
        return warning(GROUP, f"topic {topic.name}", found, advice)
    return None


def _reached(host: str, port: int) -> bool:
    try:
        with closing(socket.create_connection((host, port), _CONNECT_S)):
            return True
    except OSError:
        return False


def _some(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
