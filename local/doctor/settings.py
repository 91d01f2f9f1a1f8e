"""Whether each function can read its settings in the environment that the twin would give it."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from local.doctor import asking
from local.doctor.asking import NoAnswer
from local.doctor.finding import Finding, ok, wrong
from local.doctor.functions import Function

GROUP = "settings"
# Each is a Python that starts.
_AT_A_TIME = 4
_SAME = "Mend that: the function would end in the same way."


@dataclass(frozen=True)
class Told:
    """What a function's settings say: the variables they know, what is wrong (a line each), some of the values."""

    names: frozenset[str]
    problems: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    is_engine: bool = False


#: None where the settings are not of our kind.
Answer = Told | NoAnswer | None


def ask_all(functions: list[Function]) -> dict[str, Answer]:
    """By name of the function."""
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        return dict(zip((one.name for one in functions), pool.map(_asked, functions), strict=True))


def check(functions: Iterable[Function], answers: Mapping[str, Answer]) -> list[Finding]:
    """What every function of ours has to say."""
    told = ((one, answers[one.name]) for one in functions)
    return [finding for one, said in told if said is not None for finding in findings(one, said)]


def findings(function: Function, told: Told | NoAnswer) -> list[Finding]:
    """A finding per wrong variable, else one that all is well."""
    if isinstance(told, NoAnswer):
        return [wrong(GROUP, function.name, f"the settings cannot be loaded: {told}", _SAME)]
    problems = [_problem(function, line) for line in told.problems] or list(_disagreements(function, told))
    return problems or [ok(GROUP, function.name, f"{len(told.names)} settings can be read")]


def _asked(function: Function) -> Answer:
    try:
        said = asking.of(function, "settings")
    except NoAnswer as error:
        return error
    if not said:
        return None
    return Told(frozenset(said["names"]), tuple(said["problems"]), said["values"], said["is_engine"])


def _problem(function: Function, line: str) -> Finding:
    name = line.partition(":")[0]
    if place := function.origins.get(name):
        return wrong(GROUP, function.name, line, f"Correct {name} in {place}.")
    return wrong(GROUP, function.name, line, f"Set {name}: add it to `env` of {function.place}.")


def _disagreements(function: Function, told: Told) -> list[Finding]:
    """Settings that only the Service that they stand in can prove wrong."""
    revision, found = function.service.revision, []
    together, deadline = told.values.get("concurrency"), told.values.get("deadline_seconds")
    if together is not None and revision.container_concurrency not in {0, together}:
        what = f"CONCURRENCY is {together}, and containerConcurrency {revision.container_concurrency}"
        found.append(wrong(GROUP, function.name, what, f"Make them the same in {function.place}."))
    if deadline is not None and deadline >= revision.timeout_seconds:
        what = f"DEADLINE_SECONDS is {deadline:g}, and timeoutSeconds {revision.timeout_seconds}"
        advice = f"Set a lower deadline in {function.place}: a stuck process must end before it is given up."
        found.append(wrong(GROUP, function.name, what, advice))
    return found
