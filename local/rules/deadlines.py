"""Deadlines nest: a function's own, its Service's, its sources'. Whoever waits outside waits longest."""

import math
from collections.abc import Iterator

from local.manifests.eventing import KafkaSource
from local.manifests.loading import Manifests
from local.manifests.serving import MAX_TIMEOUT_S, Service
from local.rules.landscape import at_once, fed, feeding, in_flight, settings

#: From zero to ready.
COLD_START_S = 10
#: The same for what has to load a model first, and so has a startup probe; what takes longer is delivered again.
LOADING_S = 120
_DEADLINE = "DEADLINE_SECONDS"
_TIMEOUT = "spec.template.spec.timeoutSeconds"


def ends_before_it_is_given_up(service: Service, manifests: Manifests) -> Iterator[str]:
    """Serving's timeout begins when the request arrives: it runs while the request queues and a replica starts."""
    deadline = _deadline(service)
    if deadline is None:
        yield f"spec.template.spec.containers.0.env: has no {_DEADLINE} in seconds, so a stuck process stays; add it"
        return
    if deadline >= service.revision.timeout_seconds:
        yield (
            f"{_TIMEOUT}: is {service.revision.timeout_seconds}, not above {_DEADLINE} {deadline:g}: what is given up "
            "would go on; raise it"
        )
        return
    queued = sum(in_flight(source, manifests) for source in feeding(service, manifests))
    turns = max(1, math.ceil(queued / at_once(service)))
    needed = cold_start(service) + turns * deadline
    if service.revision.timeout_seconds < needed:
        yield (
            f"{_TIMEOUT}: is {service.revision.timeout_seconds}; {cold_start(service)} s of cold start and {turns} x "
            f"{deadline:g} s for {queued} events in flight want {math.ceil(needed)}; raise it, or max-scale"
        )


def answers_whole(service: Service, _: Manifests) -> Iterator[str]:
    """Unset, responseStartTimeoutSeconds becomes 300 s, and functions say nothing before they are done."""
    revision = service.revision
    if revision.response_start_timeout_seconds != revision.timeout_seconds:
        yield (
            f"spec.template.spec.responseStartTimeoutSeconds: is {revision.response_start_timeout_seconds or 'unset'}; "
            f"write {revision.timeout_seconds} as timeoutSeconds, since functions answer when they are done"
        )


def waits_for_its_service(source: KafkaSource, manifests: Manifests) -> Iterator[str]:
    timeout = source.spec.delivery.timeout
    service = fed(source, manifests)
    if service and timeout < service.revision.timeout_seconds:
        yield (
            f"spec.delivery.timeout: {timeout:g} s end before its Service's {service.revision.timeout_seconds} s, and "
            "what still runs is sent again; raise it"
        )
    if timeout > MAX_TIMEOUT_S:
        yield f"spec.delivery.timeout: {timeout:g} s are more than Serving's {MAX_TIMEOUT_S}; lower it"


def cold_start(service: Service) -> int:
    return COLD_START_S if service.container.startup_probe is None else LOADING_S


def _deadline(service: Service) -> float | None:
    try:
        return float(settings(service)[_DEADLINE])
    except (KeyError, ValueError):
        return None
