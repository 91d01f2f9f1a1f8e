"""Available engines, and the selection of a document's route."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from events.reasons import Rejection
from events.topics import BULK_SUFFIX, PAGES_PREFIX
from functions.intake.engines import WITHOUT_WEIGHTS
from functions.intake.rejection import UploadRejected
from functions.intake.settings import IntakeSettings
from functions.runtime.errors import Unavailable
from functions.runtime.log import get_logger

log = get_logger()

#: Seconds for which the list of engines is cached. A new engine is used after this time at the latest.
_CACHE_SECONDS = 10
_ADD_MANIFEST = "apply its manifest, on a cluster or on a single machine"
_ADD_WEIGHTS = (
    "run `make models` and set PAGEBUS_MODELS to a folder with weights (`pagebus status` shows what is missing); on a "
    "cluster, apply its manifest, which `without-models` omits"
)


@dataclass
class AvailableEngines:
    """A callable that returns the names of all engines with a Kafka topic, cached for ten seconds.

    To add an engine, an operator only applies its manifest, which creates the topic. The call raises Unavailable if
    Kafka does not answer.
    """

    list_topics: Callable[[], frozenset[str]]
    _engines: frozenset[str] = frozenset()
    _valid_until: float = field(default=float("-inf"))

    def __call__(self) -> frozenset[str]:
        if time.monotonic() >= self._valid_until:
            topics = (topic for topic in self.list_topics() if topic.startswith(PAGES_PREFIX))
            names = (topic.removeprefix(PAGES_PREFIX) for topic in topics)
            self._engines = frozenset(name for name in names if not name.endswith(BULK_SUFFIX))
            self._valid_until = time.monotonic() + _CACHE_SECONDS
        return self._engines


def select_route(
    named_engines: tuple[str, ...] | None, list_engines: Callable[[], frozenset[str]], settings: IntakeSettings
) -> tuple[str, ...]:
    """Return the engines that the user named, or the available engines of the default route, in order.

    Raise UploadRejected if a named engine is not available. Raise Unavailable if Kafka does not answer, or if no engine
    of the default route has a topic yet.
    """
    available = list_engines()
    route = named_engines or tuple(settings.route.split(","))
    unavailable = sorted(set(route) - available)
    if unavailable and named_engines:
        message = _explain_unavailable(unavailable, available, settings.known_engines.split(","))
        raise UploadRejected(Rejection.UNKNOWN_ENGINE, message)
    if available.isdisjoint(route):
        raise Unavailable(f"there is no topic yet for {', '.join(unavailable)}")
    if unavailable:
        log.warning("engines.unavailable", engines=unavailable)
    return tuple(engine for engine in route if engine in available)


def _explain_unavailable(
    unavailable: Collection[str], available: Collection[str], known_engines: Collection[str]
) -> str:
    """Return a message that lists unknown names, and explains how to add known engines, with or without weights."""
    addable = [engine for engine in unavailable if engine in known_engines]
    light_engines = ", ".join(engine for engine in addable if engine in WITHOUT_WEIGHTS)
    heavy_engines = ", ".join(engine for engine in addable if engine not in WITHOUT_WEIGHTS)
    unknown_names = ", ".join(engine for engine in unavailable if engine not in known_engines)
    sentences: list[str] = []
    if light_engines:
        sentences += [f"Not available here: {light_engines}. An operator can add it: {_ADD_MANIFEST}."]
    if heavy_engines:
        sentences += [f"Not available here: {heavy_engines}. An operator can add it: {_ADD_WEIGHTS}."]
    sentences += [f"No engine is called {unknown_names}."] if unknown_names else []
    sentences += [f"Available engines: {', '.join(sorted(available)) or 'none yet'}."]
    sentences += ["Upload the document under another name, and name only available engines or none."]
    return " ".join(sentences)
