"""Checks whether each function can read its settings from the environment variables that it has in the twin."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from local.doctor import probe_runner
from local.doctor.finding import Finding, report_ok, report_wrong
from local.doctor.functions import PythonFunction
from local.doctor.probe_runner import ProbeError

GROUP = "settings"
# Only few, because each probe starts a Python interpreter.
_PARALLEL_PROBES = 4
_LOAD_ADVICE = "Correct this error. The function would fail in the same way."


@dataclass(frozen=True)
class SettingsReport:
    """Settings of a function: the names of its variables, one line for each problem of a value, and some values."""

    names: frozenset[str]
    problems: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    is_engine: bool = False


#: The result of a probe of settings. It is None if the package has no settings class of this project.
SettingsResult = SettingsReport | ProbeError | None


def probe_functions(functions: list[PythonFunction]) -> dict[str, SettingsResult]:
    """Return the settings of each function, by the name of the function."""
    with ThreadPoolExecutor(_PARALLEL_PROBES) as pool:
        return dict(zip((function.name for function in functions), pool.map(_probe, functions), strict=True))


def check_settings(functions: Iterable[PythonFunction], results: Mapping[str, SettingsResult]) -> list[Finding]:
    """Return the findings about all functions that have a settings class of this project."""
    pairs = ((function, results[function.name]) for function in functions)
    return [finding for function, result in pairs if result is not None for finding in check_function(function, result)]


def check_function(function: PythonFunction, result: SettingsReport | ProbeError) -> list[Finding]:
    """Return a finding for each invalid variable, or else for each setting that contradicts the function's Service.

    If there are none, return one finding that all settings are valid.
    """
    if isinstance(result, ProbeError):
        return [report_wrong(GROUP, function.name, f"the settings cannot be loaded: {result}", _LOAD_ADVICE)]
    problems = [_report_problem(function, line) for line in result.problems]
    problems = problems or list(_find_contradictions(function, result))
    return problems or [report_ok(GROUP, function.name, f"all {len(result.names)} settings are valid")]


def _probe(function: PythonFunction) -> SettingsResult:
    try:
        result = probe_runner.run_probe(function, "settings")
    except ProbeError as error:
        return error
    if not result:
        return None
    return SettingsReport(frozenset(result["names"]), tuple(result["problems"]), result["values"], result["is_engine"])


def _report_problem(function: PythonFunction, line: str) -> Finding:
    name = line.partition(":")[0]
    if origin := function.origins.get(name):
        return report_wrong(GROUP, function.name, line, f"Correct {name} in {origin}.")
    return report_wrong(GROUP, function.name, line, f"Set {name}: add it to `env` of {function.location}.")


def _find_contradictions(function: PythonFunction, report: SettingsReport) -> list[Finding]:
    """Return a finding for each setting that is valid alone, but contradicts the function's Service."""
    revision, findings = function.service.revision, []
    concurrency, deadline = report.values.get("concurrency"), report.values.get("deadline_seconds")
    if concurrency is not None and revision.container_concurrency not in {0, concurrency}:
        found = f"CONCURRENCY is {concurrency}, but containerConcurrency is {revision.container_concurrency}"
        findings.append(
            report_wrong(GROUP, function.name, found, f"Set both to the same number in {function.location}.")
        )
    if deadline is not None and deadline >= revision.timeout_seconds:
        found = f"DEADLINE_SECONDS is {deadline:g}, but timeoutSeconds is {revision.timeout_seconds}"
        advice = (
            f"Set a lower DEADLINE_SECONDS in {function.location}, "
            "so that a stalled process ends before its request times out."
        )
        findings.append(report_wrong(GROUP, function.name, found, advice))
    return findings
