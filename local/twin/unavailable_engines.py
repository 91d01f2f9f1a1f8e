"""Engines that cannot run on this machine because their packages or model weights are missing.

The twin does not start these engines: each would exit at once and be restarted endlessly, while pages wait for it. The
twin does not create their topics either, so that intake does not use these engines.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from local.extras import STANDARD, find_distribution, list_extra_problems, list_included_extras
from local.manifests.cluster import KafkaTopic
from local.manifests.eventing import KafkaSource
from local.manifests.loading import LocatedResource, Manifests
from local.manifests.serving import Service
from local.rules.relations import find_function_folder, find_sources
from local.twin.services import model_weights

#: The reason for an engine whose packages are missing.
UNINSTALLED = "its packages are not installed"
_ROLE_LABEL, _ENGINE_ROLE = "pagebus.io/role", "engine"


@dataclass(frozen=True)
class UnavailableEngine:
    """An engine that cannot run, the reason, and advice for the user."""

    engine: str
    reason: str
    advice: str


def render_lines(engines: Iterable[UnavailableEngine]) -> list[str]:
    """Return lines for users. Engines with the same advice share one line."""
    by_advice: dict[str, list[str]] = {}
    for engine in engines:
        by_advice.setdefault(engine.advice, []).append(f"{engine.engine} ({engine.reason})")
    return [f"Unavailable: {', '.join(names)}. {advice}" for advice, names in by_advice.items()]


def find_unavailable_engines(manifests: Manifests) -> list[UnavailableEngine]:
    """Return the engines of these manifests that cannot run on this machine."""
    engines = [service for service in manifests.select(Service) if _is_engine(service)]
    return [unavailable for engine in engines for unavailable in _check_requirements(engine)]


def remove_engines(manifests: Manifests, engines: Collection[str]) -> Manifests:
    """Return the manifests without these engines, their sources and their topics."""
    services = [service for service in manifests.select(Service) if service.name in engines]
    sources = _list_feeding_sources(services, manifests)
    topics = list_engine_topics(manifests, engines)

    def should_remain(located: LocatedResource) -> bool:
        match located.resource:
            case Service() | KafkaSource() as resource:
                return not any(resource is removed for removed in (*services, *sources))
            case KafkaTopic() as resource:
                return resource.topic not in topics
        return True

    return Manifests(tuple(filter(should_remain, manifests.located_resources)))


def list_engine_topics(manifests: Manifests, engines: Collection[str]) -> set[str]:
    """Return the topics that the sources of these engines read."""
    services = [service for service in manifests.select(Service) if service.name in engines]
    return {topic for source in _list_feeding_sources(services, manifests) for topic in source.spec.topics}


def _list_feeding_sources(services: Iterable[Service], manifests: Manifests) -> list[KafkaSource]:
    return [source for service in services for source in find_sources(service, manifests)]


def _check_requirements(service: Service) -> Iterator[UnavailableEngine]:
    """Yield one item if packages or model weights of the engine are missing, else nothing."""
    extra = (find_function_folder(service) or "").replace("_", "-")
    if list_extra_problems(extra):
        target = "setup" if extra in list_included_extras(STANDARD, find_distribution) else "models"
        yield UnavailableEngine(service.name, UNINSTALLED, f"Run `make {target}`, then restart.")
    elif problem := model_weights.describe_missing_weights(service):
        advice = f"Set {model_weights.MODELS_VARIABLE} to a folder with weights for each engine, then restart."
        yield UnavailableEngine(service.name, problem, advice)


def _is_engine(service: Service) -> bool:
    return service.metadata.labels.get(_ROLE_LABEL) == _ENGINE_ROLE
