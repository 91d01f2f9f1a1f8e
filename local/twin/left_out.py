"""Engines that cannot run on this machine, for want of packages or weights: the twin leaves them out, and says so.

Started, each would end at once and be started again for ever, while pages wait for it. Left out with its topics, it is
unknown to intake, as on a cluster without it.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from local.extras import STANDARD, included, lacking_of_extra, look
from local.manifests.cluster import KafkaTopic
from local.manifests.eventing import KafkaSource
from local.manifests.loading import Manifests, Placed
from local.manifests.serving import Service
from local.rules.landscape import feeding, function_of
from local.twin.services import weights

#: Why, where it is not for want of weights.
UNINSTALLED = "its packages are not installed"
_ROLE, _ENGINE = "pagebus.io/role", "engine"


@dataclass(frozen=True)
class LeftOut:
    """An engine, what is missing for it, and what to do."""

    engine: str
    why: str
    advice: str


def lines(absent: Iterable[LeftOut]) -> list[str]:
    """For people: a line for all that the same helps."""
    by_advice: dict[str, list[str]] = {}
    for one in absent:
        by_advice.setdefault(one.advice, []).append(f"{one.engine} ({one.why})")
    return [f"Left out: {', '.join(engines)}. {advice}" for advice, engines in by_advice.items()]


def left_out(manifests: Manifests) -> list[LeftOut]:
    """The engines of these manifests that cannot run here."""
    return [found for service in manifests.of(Service) if _is_engine(service) for found in _about(service)]


def without(manifests: Manifests, engines: Collection[str]) -> Manifests:
    """All but these engines, what feeds them, and their topics."""
    gone = [service for service in manifests.of(Service) if service.name in engines]
    sources = _feeding(gone, manifests)
    topics = topics_of(manifests, engines)

    def stays(placed: Placed) -> bool:
        match placed.resource:
            case Service() | KafkaSource() as resource:
                return not any(resource is one for one in (*gone, *sources))
            case KafkaTopic() as resource:
                return resource.topic not in topics
        return True

    return Manifests(tuple(filter(stays, manifests.placed)))


def topics_of(manifests: Manifests, engines: Collection[str]) -> set[str]:
    """The topics that feed these engines."""
    gone = [service for service in manifests.of(Service) if service.name in engines]
    return {topic for source in _feeding(gone, manifests) for topic in source.spec.topics}


def _feeding(services: Iterable[Service], manifests: Manifests) -> list[KafkaSource]:
    return [source for service in services for source in feeding(service, manifests)]


def _about(service: Service) -> Iterator[LeftOut]:
    extra = (function_of(service) or "").replace("_", "-")
    if lacking_of_extra(extra):
        target = "setup" if extra in included(STANDARD, look) else "models"
        yield LeftOut(service.name, UNINSTALLED, f"Run `make {target}`, then start afresh.")
    elif missing := weights.lacking(service):
        advice = f"Name in {weights.MODELS} a folder that holds a folder of weights for each, then start afresh."
        yield LeftOut(service.name, missing, advice)


def _is_engine(service: Service) -> bool:
    return service.metadata.labels.get(_ROLE) == _ENGINE
