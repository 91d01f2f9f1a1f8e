"""A source loses nothing only if it says so: Knative's defaults begin late, and drop what fails."""

from collections.abc import Iterator

from local.manifests.eventing import KafkaSource
from local.manifests.loading import Manifests
from local.rules.landscape import partitions

_DELIVERY = {
    "retry": "retry",
    "backoff_policy": "backoffPolicy",
    "backoff_delay": "backoffDelay",
    "timeout": "timeout",
    "dead_letter_sink": "deadLetterSink",
}


def becomes_ready(source: KafkaSource, _: Manifests) -> Iterator[str]:
    """Knative takes some sources, and never runs them."""
    if source.never_ready:
        yield f"spec: {source.never_ready}; Knative would keep the source from ever being ready, so remove it"


def starts_at_the_beginning(source: KafkaSource, _: Manifests) -> Iterator[str]:
    if source.spec.initial_offset != "earliest":
        yield "spec.initialOffset: events from before its first consumer joined are lost; write earliest"


def says_how_it_delivers(source: KafkaSource, _: Manifests) -> Iterator[str]:
    """Where any field of `delivery` is set, the others get defaults that lose events, such as no retry at all."""
    given = source.spec.delivery.model_fields_set if "delivery" in source.spec.model_fields_set else set()
    for field, name in _DELIVERY.items():
        if field not in given:
            yield f"spec.delivery.{name}: is left to Knative, whose defaults lose events; set it"
    if "ordering" not in source.spec.model_fields_set:
        yield "spec.ordering: is left to Knative; write ordered or unordered"


def starves_no_partition(source: KafkaSource, manifests: Manifests) -> Iterator[str]:
    """A dispatcher with fewer consumers than partitions leaves partitions idle behind a backlog; more do nothing."""
    wanted = partitions(source, manifests)
    if source.spec.ordering == "ordered" and source.spec.consumers != wanted:
        yield f"spec.consumers: is {source.spec.consumers} where its topics have {wanted} partitions; write {wanted}"
