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
    """Check that the source has no field that Knative accepts, but with which the source never becomes ready."""
    if source.not_ready_reason:
        yield f"spec: {source.not_ready_reason}; Knative never makes the source ready with this field; remove it"


def check_initial_offset(source: KafkaSource, _: Manifests) -> Iterator[str]:
    """Check that a new source starts with the earliest record."""
    if source.spec.initial_offset != "earliest":
        yield "spec.initialOffset: events before the first consumer joined are lost; write earliest"


def check_delivery_is_set(source: KafkaSource, _: Manifests) -> Iterator[str]:
    """Check that all fields of `delivery` are set, because Knative's defaults of unset fields lose events."""
    fields = source.spec.delivery.model_fields_set if "delivery" in source.spec.model_fields_set else set()
    for field, name in _DELIVERY.items():
        if field not in fields:
            yield f"spec.delivery.{name}: is not set, and Knative's default loses events; set it"
    if "ordering" not in source.spec.model_fields_set:
        yield "spec.ordering: is not set; write ordered or unordered"


def check_consumers_match_partitions(source: KafkaSource, manifests: Manifests) -> Iterator[str]:
    """Check that an ordered source has as many consumers as partitions.

    With fewer consumers, some partitions stay idle behind a backlog. Additional consumers get no partition.
    """
    partitions = count_partitions(source, manifests)
    if source.spec.ordering == "ordered" and source.spec.consumers != partitions:
        yield (
            f"spec.consumers: is {source.spec.consumers} where the topics have {partitions} partitions; "
            f"write {partitions}"
        )
