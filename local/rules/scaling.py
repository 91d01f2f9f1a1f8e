"""A replica is full when it is full, and there are never more than somebody has thought about."""

from collections.abc import Iterator

from local.manifests.loading import Manifests
from local.manifests.serving import Service
from local.rules.landscape import settings

_CONCURRENCY = "CONCURRENCY"
_ANNOTATIONS = "spec.template.metadata.annotations.autoscaling.knative.dev"
#: Above, some room for the next request is worth a fraction of a replica.
_SMALL = 20


def works_on_as_many_as_it_is_given(service: Service, _: Manifests) -> Iterator[str]:
    said, wanted = settings(service).get(_CONCURRENCY), service.revision.container_concurrency
    if wanted == 0:
        yield "spec.template.spec.containerConcurrency: is unlimited; say how many events a replica works on at once"
    elif said != str(wanted):
        yield (
            f"spec.template.spec.containers.0.env.{_CONCURRENCY}: is {said or 'unset'} where containerConcurrency is "
            f"{wanted}; write {wanted}"
        )


def fills_a_replica_before_the_next(service: Service, _: Manifests) -> Iterator[str]:
    """With Knative's 70 %, one request wants ceil(1 / 0.7) = 2 replicas where containerConcurrency is 1."""
    concurrency, used = service.revision.container_concurrency, service.scaling.utilization
    if 0 < concurrency <= _SMALL and used < 100:  # noqa: PLR2004  # percent
        yield (
            f"{_ANNOTATIONS}/target-utilization-percentage: is {used:g}, so {concurrency} requests want two replicas "
            'for the work of one; write "100"'
        )


def is_bounded(service: Service, _: Manifests) -> Iterator[str]:
    if service.scaling.max_scale == 0:
        yield f"{_ANNOTATIONS}/max-scale: is unlimited, and so is what it takes of PostgreSQL and nodes; set it"
