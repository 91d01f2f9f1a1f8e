"""Rules for KafkaSources: fields whose defaults in Knative lose events must be set."""

from collections.abc import Iterator

from local.manifests.eventing import KafkaSource
from local.manifests.loading import Manifests
from local.rules.relations import count_partitions

_DELIVERY = {
    "retry": "retry",
    "backoff_policy": "backoffPolicy",
    "backoff_delay": "backoffDelay",
    "timeout": "timeout",
    "dead_letter_sink": "deadLetterSink",
}


def check_becomes_ready(source: KafkaSource, _: Manifests) -> Iterator[str]:
    """Check for fields that Knative accepts although the source then never becomes ready."""
    if source.not_ready_reason:
        yield f"spec: {source.not_ready_reason}; with it, Knative never makes the source ready, so remove it"


def check_initial_offset(source: KafkaSource, _: Manifests) -> Iterator[str]:
    """Check that a new source starts with the earliest record."""
    if source.spec.initial_offset != "earliest":
        yield "spec.initialOffset: events from before its first consumer joined are lost; write earliest"


def check_delivery_is_set(source: KafkaSource, _: Manifests) -> Iterator[str]:
    """Check that all fields of `delivery` are set: if any is set, Knative's defaults of the others lose events."""
    fields = source.spec.delivery.model_fields_set if "delivery" in source.spec.model_fields_set else set()
    for field, name in _DELIVERY.items():
        if field not in fields:
            yield f"spec.delivery.{name}: is left to Knative, whose defaults lose events; set it"
    if "ordering" not in source.spec.model_fields_set:
        yield "spec.ordering: is left to Knative; write ordered or unordered"


def check_consumers_match_partitions(source: KafkaSource, manifests: Manifests) -> Iterator[str]:
    """Check that an ordered source has as many consumers as partitions.

    With fewer consumers, some partitions stay idle behind a backlog. Additional consumers do nothing.
    """
    partitions = count_partitions(source, manifests)
    if source.spec.ordering == "ordered" and source.spec.consumers != partitions:
        yield (
            f"spec.consumers: is {source.spec.consumers} where its topics have {partitions} partitions; "
            f"write {partitions}"
        )
