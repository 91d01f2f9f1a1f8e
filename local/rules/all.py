"""All rules, by the kind that they are about."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from local.manifests.cluster import KafkaTopic, KafkaUser
from local.manifests.eventing import KafkaSink, KafkaSource, PingSource
from local.manifests.loading import Manifests
from local.manifests.serving import Service
from local.rules import deadlines, handling, images, pods, presence, retries, scaling, sources, topics, users

#: A resource of its kind and all manifests in; out comes "field: what is wrong; what to do" for each problem.
Rule = Callable[[Any, Manifests], Iterator[str]]
Rules = Sequence[tuple[type[Any], Rule]]

RULES: Rules = (
    (Service, deadlines.ends_before_it_is_given_up),
    (Service, deadlines.answers_whole),
    (Service, scaling.works_on_as_many_as_it_is_given),
    (Service, scaling.fills_a_replica_before_the_next),
    (Service, scaling.is_bounded),
    (Service, pods.is_restricted),
    (Service, pods.holds_no_token),
    (Service, pods.says_what_it_needs),
    (Service, pods.can_write_to_tmp),
    (Service, pods.is_seen_in_the_cluster_alone),
    (Service, presence.runs_with_what_is_there),
    (Service, users.logs_in_as_a_user),
    (KafkaSource, presence.logs_in_with_what_is_there),
    (KafkaSource, deadlines.waits_for_its_service),
    (KafkaSource, sources.becomes_ready),
    (KafkaSource, sources.starts_at_the_beginning),
    (KafkaSource, sources.says_how_it_delivers),
    (KafkaSource, sources.starves_no_partition),
    (KafkaSource, retries.outlasts_a_restart),
    (KafkaSource, retries.gives_up_before_its_topic_forgets),
    (KafkaSource, topics.reads_declared_topics),
    (KafkaSource, handling.takes_what_its_topics_carry),
    (PingSource, handling.takes_what_a_clock_says),
    (KafkaSink, topics.writes_to_a_declared_topic),
    (KafkaTopic, topics.belongs_to_a_cluster),
    (KafkaTopic, topics.survives_a_broker),
    (KafkaTopic, topics.says_how_long_it_keeps),
    (KafkaUser, users.may_do_what_it_does),
)
#: For what is applied to a cluster as it stands.
DEPLOYED: Rules = (*RULES, (Service, images.is_pinned))


def broken(manifests: Manifests, rules: Rules) -> Iterator[str]:
    """A line for each rule that a resource breaks."""
    for placed in manifests.placed:
        for kind, rule in rules:
            if isinstance(placed.resource, kind):
                yield from (f"{placed.place}: {problem}" for problem in rule(placed.resource, manifests))
