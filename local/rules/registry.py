"""The list of all rules, by the kind of resource that they check."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from local.manifests.cluster import KafkaTopic, KafkaUser
from local.manifests.eventing import KafkaSink, KafkaSource, PingSource
from local.manifests.loading import Manifests
from local.manifests.serving import Service
from local.rules import (
    deadlines,
    event_types,
    existence,
    images,
    pods,
    retries,
    scaling,
    sources,
    topics,
    users,
)

#: A function of a resource and all manifests. It yields "field: what is wrong; what to do" for each problem.
Rule = Callable[[Any, Manifests], Iterator[str]]
Rules = Sequence[tuple[type[Any], Rule]]

RULES: Rules = (
    (Service, deadlines.check_deadline_ends_first),
    (Service, deadlines.check_response_start_timeout),
    (Service, scaling.check_concurrency_matches),
    (Service, scaling.check_target_utilization),
    (Service, scaling.check_max_scale_is_set),
    (Service, pods.check_security_context),
    (Service, pods.check_no_api_access),
    (Service, pods.check_resources_are_set),
    (Service, pods.check_tmp_is_writable),
    (Service, pods.check_is_cluster_local),
    (Service, existence.check_pod_references),
    (Service, users.check_login_user),
    (KafkaSource, existence.check_login_secrets),
    (KafkaSource, deadlines.check_delivery_timeout),
    (KafkaSource, sources.check_becomes_ready),
    (KafkaSource, sources.check_initial_offset),
    (KafkaSource, sources.check_delivery_is_set),
    (KafkaSource, sources.check_consumers_match_partitions),
    (KafkaSource, retries.check_retries_outlast_restart),
    (KafkaSource, retries.check_retries_end_before_retention),
    (KafkaSource, topics.check_source_topics_exist),
    (KafkaSource, event_types.check_topic_events_are_handled),
    (PingSource, event_types.check_ping_is_handled),
    (KafkaSink, topics.check_sink_topic_exists),
    (KafkaTopic, topics.check_cluster_label),
    (KafkaTopic, topics.check_min_in_sync_replicas),
    (KafkaTopic, topics.check_retention_is_set),
    (KafkaUser, users.check_rights),
)
#: The rules for overlays, which are applied to a cluster without further changes.
OVERLAY_RULES: Rules = (*RULES, (Service, images.check_image_is_pinned))


def find_problems(manifests: Manifests, rules: Rules) -> Iterator[str]:
    """Yield a line for each problem that the rules find in a resource."""
    for located in manifests.located_resources:
        for kind, rule in rules:
            if isinstance(located.resource, kind):
                yield from (f"{located.location}: {problem}" for problem in rule(located.resource, manifests))
