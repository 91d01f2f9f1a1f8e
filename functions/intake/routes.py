"""Routes of engines that are here; whoever named another one learns what it is and what there is instead."""

from collections.abc import Collection
from dataclasses import replace

import structlog

from events.reasons import Rejection
from functions.intake.refusal import Refusal
from functions.intake.wishes import Wishes
from functions.runtime.errors import Unavailable

log = structlog.get_logger()

#: Engines whose image or library brings all that they need.
WITHOUT_WEIGHTS = frozenset({"rapidocr", "tesseract"})
_BY_MANIFEST = "its manifest, on a cluster as on one machine"
_BY_WEIGHTS = (
    "`make models`, and a folder of weights named by PAGEBUS_MODELS (`pagebus status` says what is missing); "
    "on a cluster its manifest, which `without-models` leaves out"
)


def of_these(wished: Wishes, engines: frozenset[str], known: Collection[str]) -> Wishes:
    """Only engines that are here. Raises Refusal for others that somebody named; our own default only lacks a topic.

    `known` are engines that exist, here or not. Raises Unavailable where none of the default is here yet.
    """
    absent = sorted(set(wished.route) - engines)
    if absent and wished.engines_named:
        raise _refusal(absent, engines, known)
    route = tuple(engine for engine in wished.route if engine in engines)
    if not route:
        raise Unavailable(f"there is no topic yet for {', '.join(absent)}")
    if absent:
        log.warning("engines.absent", engines=absent)
    return replace(wished, route=route)


def _refusal(absent: Collection[str], engines: Collection[str], known: Collection[str]) -> Refusal:
    light = [engine for engine in absent if engine in known and engine in WITHOUT_WEIGHTS]
    heavy = [engine for engine in absent if engine in known and engine not in WITHOUT_WEIGHTS]
    unknown = ", ".join(engine for engine in absent if engine not in known)
    told = [_left_out(light, _BY_MANIFEST)] if light else []
    told += [_left_out(heavy, _BY_WEIGHTS)] if heavy else []
    told += [f"No engine is called {unknown}."] if unknown else []
    told += [f"Engines here: {', '.join(sorted(engines)) or 'none yet'}."]
    told += ["Upload it under another name and ask for these, or for none."]
    return Refusal(Rejection.UNKNOWN_ENGINE, " ".join(told))


def _left_out(names: Collection[str], how: str) -> str:
    return f"Left out here: {', '.join(names)}. Whoever runs this can have it: {how}."
