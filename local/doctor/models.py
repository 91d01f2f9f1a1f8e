"""Checks whether each engine's reader can be created and supports the default languages of documents."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from events.topics import get_pages_topic
from local.doctor import probe_runner
from local.doctor.finding import Finding, report_ok, report_warning, report_wrong
from local.doctor.functions import PythonFunction
from local.doctor.probe_runner import PROBE_TIMEOUT_S, ProbeError
from local.doctor.settings import SettingsReport
from local.twin.services.model_weights import MODELS_ADVICE, MODELS_VARIABLE, describe_invalid_folder
from local.twin.unavailable_engines import UNINSTALLED, UnavailableEngine

GROUP = "models"

# Only few, because each probe loads the engine's model, which may need a large part of the memory.
_PARALLEL_PROBES = 2
_MAX_SHOWN_LANGUAGES = 8


@dataclass(frozen=True)
class ReaderReport:
    """Name, version and languages of an engine's reader."""

    name: str
    version: str
    languages: frozenset[str]


@dataclass(frozen=True)
class DefaultOptions:
    """Languages and route (engines in order) of documents that are uploaded without options."""

    languages: tuple[str, ...] = ("deu",)
    route: tuple[str, ...] = ()


def check_engines(
    functions: Iterable[PythonFunction],
    results: Mapping[str, object],
    topics: Collection[str],
    optional_packages: Collection[str],
) -> list[Finding]:
    """Return findings about all engines among the functions, and about engines of the route without a source.

    `results` has the settings by function name. `topics` are the topics that sources read. A problem of an engine in
    `optional_packages` is only a warning, because its requirements need not be installed.
    """
    engines = [
        function
        for function in functions
        if isinstance(report := results.get(function.name), SettingsReport) and report.is_engine
    ]
    defaults = find_default_options(report for report in results.values() if isinstance(report, SettingsReport))
    with ThreadPoolExecutor(_PARALLEL_PROBES) as pool:
        readers = list(pool.map(probe_reader, engines))
    findings = [
        check_reader(engine, reader, defaults, is_optional=engine.package in optional_packages)
        for engine, reader in zip(engines, readers, strict=True)
    ]
    return [*findings, *check_route(defaults.route, topics)]


def report_missing_weights(engines: Iterable[UnavailableEngine]) -> list[Finding]:
    """Return a warning for each engine without model weights. The group `packages` reports missing packages."""
    return [
        report_warning(GROUP, engine.engine, f"is unavailable: {engine.reason}", engine.advice)
        for engine in engines
        if engine.reason != UNINSTALLED
    ]


def check_models_folder(models_folder: str | None, parent: Path) -> list[Finding]:
    """Return a finding about the folder of model weights, or no finding if no folder is set.

    A relative path is relative to `parent`.
    """
    if not models_folder:
        return []
    if problem := describe_invalid_folder(models_folder, parent):
        return [report_warning(GROUP, MODELS_VARIABLE, problem, MODELS_ADVICE)]
    return [report_ok(GROUP, MODELS_VARIABLE, f"is {models_folder}")]


def probe_reader(function: PythonFunction, timeout_s: float = PROBE_TIMEOUT_S) -> ReaderReport | ProbeError:
    """Create the engine's reader in a separate process, and return its report or the reason why it failed."""
    try:
        result = probe_runner.run_probe(function, "reader", timeout_s)
    except ProbeError as error:
        return error
    return ReaderReport(result["name"], result["version"], frozenset(result["languages"]))


def find_default_options(reports: Iterable[SettingsReport]) -> DefaultOptions:
    """Return the default options of documents from the report of intake: the only one with languages and a route.

    If no report has both, return the defaults of DefaultOptions.
    """
    for report in reports:
        if {"languages", "route"} <= report.values.keys():
            return DefaultOptions(_split_names(report.values["languages"]), _split_names(report.values["route"]))
    return DefaultOptions()


def check_reader(
    function: PythonFunction, reader: ReaderReport | ProbeError, defaults: DefaultOptions, *, is_optional: bool
) -> Finding:
    """Return a finding about one engine: whether its reader can be created and reads the default languages."""
    report = report_warning if is_optional else report_wrong
    if isinstance(reader, ProbeError):
        advice = f"{function.name} reads no pages until its packages and models are installed; see `packages`."
        return report(GROUP, function.name, f"the reader cannot be created: {reader}", advice)
    found = f"version {reader.version} reads {_render_languages(reader.languages, defaults.languages)}"
    if missing := [language for language in defaults.languages if language not in reader.languages]:
        advice = f"Install the model for {' and '.join(missing)}, or route such documents to other engines."
        report = report_wrong if reader.name in defaults.route else report_warning
        return report(GROUP, function.name, f"{found}, but not {' or '.join(missing)}", advice)
    return report_ok(GROUP, function.name, found)


def check_route(engines: Sequence[str], topics: Collection[str]) -> list[Finding]:
    """Return a finding for each engine on intake's route whose topic no source reads."""
    return [
        report_wrong(
            GROUP,
            f"ROUTE {engine}",
            f"no source reads {get_pages_topic(engine, bulk=False)}",
            "Correct ROUTE of intake, or add the manifest of the engine.",
        )
        for engine in engines
        if get_pages_topic(engine, bulk=False) not in topics
    ]


def _split_names(text: str) -> tuple[str, ...]:
    return tuple(re.split("[+,]", text))


def _render_languages(languages: Collection[str], first: Sequence[str]) -> str:
    """Return up to `_MAX_SHOWN_LANGUAGES` languages as text. Languages in `first` come before others."""
    ordered = [*(language for language in first if language in languages), *sorted(set(languages) - set(first))]
    if not ordered:
        return "nothing"
    hidden = len(ordered) - _MAX_SHOWN_LANGUAGES
    return ", ".join(ordered[:_MAX_SHOWN_LANGUAGES]) + (f" and {hidden} more" if hidden > 0 else "")
