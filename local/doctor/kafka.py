"""Checks whether Kafka answers, its advertised addresses can be reached, and it has the topics of the manifests."""

import socket
from collections.abc import Iterable
from contextlib import closing

from confluent_kafka import KafkaException

from local.doctor.address import redact_text
from local.doctor.finding import Finding, report_ok, report_warning, report_wrong
from local.platform import topics
from local.platform.topics import ClusterMetadata, Topic

GROUP = "servers"

_METADATA_TIMEOUT_S = 5.0
_CONNECT_TIMEOUT_S = 2.0
_MAX_SHOWN_NAMES = 5


def check_kafka(servers: str, expected_topics: Iterable[Topic], remedy: str, *, is_up: bool) -> list[Finding]:
    """Return findings about the Kafka at these bootstrap servers (`host:port`, separated by commas).

    `remedy` is the advice for a Kafka that does not answer. If the stack `is_up`, the topics should exist.
    """
    try:
        cluster = topics.load_cluster_metadata(servers, _METADATA_TIMEOUT_S)
    except KafkaException as error:
        reason = redact_text(error.args[0].str())
        return [report_wrong(GROUP, "Kafka", f"does not answer at {servers}: {reason}", remedy)]
    unreachable = [f"{host}:{port}" for host, port in cluster.brokers if not _is_reachable(host, port)]
    return [
        check_brokers(servers, len(cluster.brokers), unreachable),
        *check_topics(cluster, list(expected_topics), is_up=is_up),
    ]


def check_brokers(servers: str, broker_count: int, unreachable: list[str]) -> Finding:
    """Return a finding about the brokers. `unreachable` has the advertised addresses at which no broker answers."""
    if unreachable:
        found = f"answers at {servers}, but nothing answers at its advertised address {', '.join(unreachable)}"
        return report_wrong(GROUP, "Kafka", found, "Set advertised.listeners to addresses that this machine can reach.")
    return report_ok(GROUP, "Kafka", f"answers at {servers}, {broker_count} broker{'s' if broker_count != 1 else ''}")


def check_topics(cluster: ClusterMetadata, expected_topics: list[Topic], *, is_up: bool) -> list[Finding]:
    """Return findings about missing topics and unexpected numbers of partitions, or one finding if there are none.

    The state of missing topics is `wrong` only if the stack `is_up`. If no topic is expected, return an empty list.
    """
    if not expected_topics:
        return []
    missing = [topic.name for topic in expected_topics if topic.name not in cluster.partitions]
    existing = [topic for topic in expected_topics if topic.name in cluster.partitions]
    findings = [finding for topic in existing if (finding := _check_partitions(topic, cluster))]
    if missing and is_up:
        advice = "Run `pagebus down`, then `pagebus up`, or create the topics as the manifests declare them."
        findings.append(report_wrong(GROUP, "topics", f"missing: {_render_names(missing)}", advice))
    elif missing:
        advice = "Run `pagebus up` to create them."
        findings.append(report_ok(GROUP, "topics", f"not created yet: {_render_names(missing)}", advice))
    return findings or [report_ok(GROUP, "topics", f"all {len(expected_topics)} topics of the manifests exist")]


def _check_partitions(topic: Topic, cluster: ClusterMetadata) -> Finding | None:
    count = cluster.partitions[topic.name]
    found = f"has {count} partition{'s' if count != 1 else ''}, but {topic.partitions} are declared"
    if count < topic.partitions:
        advice = "Add partitions. Their number limits how many events are processed at a time."
        return report_warning(GROUP, f"topic {topic.name}", found, advice)
    # The embedded broker gives all topics the same number of partitions, so additional partitions are normal there.
    if count > topic.partitions and not cluster.is_embedded:
        advice = (
            f"Set partitions of its KafkaTopic and `consumers` of its sources to {count}. "
            "With fewer consumers, a cluster leaves partitions idle behind a backlog."
        )
        return report_warning(GROUP, f"topic {topic.name}", found, advice)
    return None


def _is_reachable(host: str, port: int) -> bool:
    try:
        with closing(socket.create_connection((host, port), _CONNECT_TIMEOUT_S)):
            return True
    except OSError:
        return False


def _render_names(names: list[str]) -> str:
    hidden = len(names) - _MAX_SHOWN_NAMES
    return ", ".join(names[:_MAX_SHOWN_NAMES]) + (f" and {hidden} more" if hidden > 0 else "")
