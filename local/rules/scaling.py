"""Rules for scaling: each replica gets all requests that it can handle, and the number of replicas is limited."""

from collections.abc import Iterator

from local.manifests.loading import Manifests
from local.manifests.serving import Service
from local.rules.relations import read_environment

_CONCURRENCY = "CONCURRENCY"
_ANNOTATIONS = "spec.template.metadata.annotations.autoscaling.knative.dev"
#: The rule applies up to this concurrency. Above it, a target below 100 % costs only a small part of a replica.
_SMALL_CONCURRENCY = 20


def check_concurrency_matches(service: Service, _: Manifests) -> Iterator[str]:
    """Check that the number of threads of the function is containerConcurrency."""
    threads, requests = read_environment(service).get(_CONCURRENCY), service.revision.container_concurrency
    if requests == 0:
        yield "spec.template.spec.containerConcurrency: is unlimited; set how many events a replica handles"
    elif threads != str(requests):
        yield (
            f"spec.template.spec.containers.0.env.{_CONCURRENCY}: is {threads or 'unset'} where "
            f"containerConcurrency is {requests}; write {requests}"
        )


def check_target_utilization(service: Service, _: Manifests) -> Iterator[str]:
    """Check that the target utilization is 100 %.

    At Knative's default of 70 %, one request at concurrency 1 needs ceil(1 / 0.7) = 2 replicas.
    """
    concurrency, utilization = service.revision.container_concurrency, service.scaling.utilization
    if 0 < concurrency <= _SMALL_CONCURRENCY and utilization < 100:  # noqa: PLR2004  # per cent
        yield (
            f"{_ANNOTATIONS}/target-utilization-percentage: is {utilization:g}, so {concurrency} requests need two "
            'replicas instead of one; write "100"'
        )


def check_max_scale_is_set(service: Service, _: Manifests) -> Iterator[str]:
    """Check that the number of replicas is limited."""
    if service.scaling.max_scale == 0:
        yield f"{_ANNOTATIONS}/max-scale: is unlimited, so PostgreSQL and nodes may be overloaded; set it"
