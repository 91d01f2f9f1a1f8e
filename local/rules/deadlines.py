"""Rules for timeouts: deadline of the function < timeout of its Service <= timeout of its sources."""

import math
from collections.abc import Iterator

from local.manifests.eventing import KafkaSource
from local.manifests.loading import Manifests
from local.manifests.serving import MAX_TIMEOUT_S, Service
from local.rules.relations import compute_capacity, count_in_flight, find_service, find_sources, read_environment

#: Expected seconds until the first replica is ready. If it takes longer, the request times out and is delivered again.
COLD_START_S = 10
#: Expected seconds for a function that loads a model. Only these functions have a startup probe.
LOADING_S = 120
_DEADLINE = "DEADLINE_SECONDS"
_ENV = "spec.template.spec.containers.0.env"
_TIMEOUT = "spec.template.spec.timeoutSeconds"


def check_deadline_ends_first(service: Service, manifests: Manifests) -> Iterator[str]:
    """Check that timeoutSeconds is enough for a cold start, the wait in the queue, and the deadline of the function.

    Knative starts to count when the request arrives.
    """
    deadline = _read_deadline(service)
    if deadline is None:
        yield f"{_ENV}: has no {_DEADLINE} in seconds, so a stalled process never ends; add it"
        return
    if deadline >= service.revision.timeout_seconds:
        yield (
            f"{_TIMEOUT}: is {service.revision.timeout_seconds}, not above {_DEADLINE} {deadline:g}: "
            "the function would continue requests that have timed out; raise it"
        )
        return
    in_flight = sum(count_in_flight(source, manifests) for source in find_sources(service, manifests))
    turns = max(1, math.ceil(in_flight / compute_capacity(service)))
    needed = estimate_cold_start(service) + turns * deadline
    if service.revision.timeout_seconds < needed:
        yield (
            f"{_TIMEOUT}: is {service.revision.timeout_seconds}; {estimate_cold_start(service)} s of cold start and "
            f"{turns} x {deadline:g} s for {in_flight} events in flight need {math.ceil(needed)}; "
            "raise it, or max-scale"
        )


def check_response_start_timeout(service: Service, _: Manifests) -> Iterator[str]:
    """Check that responseStartTimeoutSeconds is timeoutSeconds, because functions respond only when they are done.

    If the field is unset, Knative uses at most 300 s, which can be shorter than timeoutSeconds.
    """
    revision = service.revision
    if revision.response_start_timeout_seconds != revision.timeout_seconds:
        yield (
            f"spec.template.spec.responseStartTimeoutSeconds: is {revision.response_start_timeout_seconds or 'unset'}; "
            f"write {revision.timeout_seconds} like timeoutSeconds, because functions respond only when they are done"
        )


def check_delivery_timeout(source: KafkaSource, manifests: Manifests) -> Iterator[str]:
    """Check that the source waits at least as long as its Service, and no longer than Knative Serving allows."""
    timeout = source.spec.delivery.timeout
    service = find_service(source, manifests)
    if service and timeout < service.revision.timeout_seconds:
        yield (
            f"spec.delivery.timeout: is {timeout:g} s, below the {service.revision.timeout_seconds} s of its Service, "
            "so an event would be sent again while the Service handles it; raise it"
        )
    if timeout > MAX_TIMEOUT_S:
        yield f"spec.delivery.timeout: is {timeout:g} s, above Knative Serving's limit of {MAX_TIMEOUT_S} s; lower it"


def estimate_cold_start(service: Service) -> int:
    """Return the expected seconds until the first replica of the Service is ready."""
    return COLD_START_S if service.container.startup_probe is None else LOADING_S


def _read_deadline(service: Service) -> float | None:
    try:
        return float(read_environment(service)[_DEADLINE])
    except (KeyError, ValueError):
        return None
