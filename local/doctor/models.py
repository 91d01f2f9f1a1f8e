"""Whether each engine can be made, and reads the languages that documents have."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from events.topics import pages_topic
from local.doctor import asking
from local.doctor.asking import PATIENCE_S, NoAnswer
from local.doctor.finding import Finding, ok, warning, wrong
from local.doctor.functions import Function
from local.doctor.settings import Told
from local.twin.left_out import UNINSTALLED, LeftOut
from local.twin.services.weights import MODELS, NAME_A_FOLDER, misnamed

GROUP = "models"

# Each may fill the memory with its model.
_AT_A_TIME = 2
_SHOWN = 8


@dataclass(frozen=True)
class Reader:
    """What an engine says of itself."""

    name: str
    version: str
    languages: frozenset[str]


@dataclass(frozen=True)
class Expected:
    """What documents that say nothing get: languages, and engines in order."""

    languages: tuple[str, ...] = ("deu",)
    route: tuple[str, ...] = ()


def check(
    functions: Iterable[Function], told: Mapping[str, object], topics: Collection[str], optional: Collection[str]
) -> list[Finding]:
    """`topics` are those that somebody reads; `optional` are packages that may lack what they need."""
    engines = [one for one in functions if isinstance(said := told.get(one.name), Told) and said.is_engine]
    wanted = expected(said for said in told.values() if isinstance(said, Told))
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        readers = list(pool.map(made, engines))
    found = [
        engine(one, reader, wanted, optional=one.package in optional)
        for one, reader in zip(engines, readers, strict=True)
    ]
    return [*found, *route(wanted.route, topics)]


def absent(engines: Iterable[LeftOut]) -> list[Finding]:
    """Those for which there are no weights here; whose packages are missing, `packages` says."""
    return [
        warning(GROUP, one.engine, f"is left out: {one.why}", one.advice) for one in engines if one.why != UNINSTALLED
    ]


def folder(models: str | None, start: Path) -> list[Finding]:
    """Where weights are looked for, if somebody said so; `start` is the folder that a relative one begins at."""
    if not models:
        return []
    if problem := misnamed(models, start):
        return [warning(GROUP, MODELS, problem, NAME_A_FOLDER)]
    return [ok(GROUP, MODELS, f"names {models}")]


def made(function: Function, patience: float = PATIENCE_S) -> Reader | NoAnswer:
    """Its reader, made in a process of its own and gone again."""
    try:
        said = asking.of(function, "reader", patience)
    except NoAnswer as error:
        return error
    return Reader(said["name"], said["version"], frozenset(said["languages"]))


def expected(told: Iterable[Told]) -> Expected:
    """By the settings of whoever has a route to give: intake."""
    for said in told:
        if {"languages", "route"} <= said.values.keys():
            return Expected(_names(said.values["languages"]), _names(said.values["route"]))
    return Expected()


def engine(function: Function, reader: Reader | NoAnswer, wanted: Expected, *, optional: bool) -> Finding:
    judge = warning if optional else wrong
    if isinstance(reader, NoAnswer):
        advice = f"Until its packages and models are there, {function.name} reads nothing; see `packages`."
        return judge(GROUP, function.name, f"cannot be made: {reader}", advice)
    found = f"{reader.version} reads {_listed(reader.languages, wanted.languages)}"
    if missing := [one for one in wanted.languages if one not in reader.languages]:
        advice = f"Install the model for {' and '.join(missing)}, or route such documents to other engines."
        judge = wrong if reader.name in wanted.route else warning
        return judge(GROUP, function.name, f"{found}, and not {' or '.join(missing)}", advice)
    return ok(GROUP, function.name, found)


def route(names: Sequence[str], topics: Collection[str]) -> list[Finding]:
    """Engines on intake's route that nobody is."""
    return [
        wrong(
            GROUP,
            f"ROUTE {name}",
            f"no source reads {pages_topic(name, bulk=False)}",
            "Correct intake's ROUTE, or add the engine's manifest.",
        )
        for name in names
        if pages_topic(name, bulk=False) not in topics
    ]


def _names(text: str) -> tuple[str, ...]:
    return tuple(re.split("[+,]", text))


def _listed(languages: Collection[str], first: Sequence[str]) -> str:
    """The languages asked for, then others as far as a line goes."""
    ordered = [*(one for one in first if one in languages), *sorted(set(languages) - set(first))]
    more = len(ordered) - _SHOWN
    return ", ".join(ordered[:_SHOWN]) + (f" and {more} more" if more > 0 else "") if ordered else "nothing"
