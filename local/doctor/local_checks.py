"""List of all checks of this machine, the functions and the servers."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from local.doctor import (
    database,
    kafka,
    machine,
    manifests,
    models,
    packages,
    s3,
    settings,
    telemetry,
    tools,
    twin,
    variables,
)
from local.doctor.check_runner import Check, run_checks
from local.doctor.finding import Finding, report_ok, report_warning
from local.doctor.functions import PLACEHOLDER_ENDPOINTS, PythonFunction, list_functions
from local.doctor.targets import LocalTarget
from local.manifests.cluster import KafkaTopic
from local.manifests.eventing import KafkaSource
from local.manifests.loading import Manifests
from local.platform.topics import Topic
from local.twin.services.model_weights import MODELS_VARIABLE
from local.twin.sources.topics import list_undeclared_topics, to_topic
from local.twin.unavailable_engines import UnavailableEngine, find_unavailable_engines, remove_engines

_GROUP_ORDER = ("machine", "tools", "packages", "models", "manifests", "settings", "servers", "twin")


@dataclass(frozen=True)
class _ManifestContext:
    """Manifests without the unavailable engines, and the Python functions in them with their settings."""

    manifests: Manifests
    unavailable_engines: list[UnavailableEngine]
    functions: list[PythonFunction]
    settings: Mapping[str, settings.SettingsResult]
    models_folder: str | None


def run_local_checks(target: LocalTarget) -> list[Finding]:
    """Return all findings about this machine, its functions and its servers, sorted by group."""
    manifest_findings, loaded = manifests.load_and_check(target.manifest_folders)
    context = _load_context(target, loaded) if loaded else None
    checks = [*_list_machine_checks(target), Check("manifests", "files", lambda: manifest_findings)]
    if context:
        checks += _list_function_checks(context, target.working_folder)
    else:
        checks.append(Check("settings", "functions", _report_unchecked_functions))
    checks += _list_server_checks(target, context)
    return sorted(run_checks(checks), key=lambda finding: _GROUP_ORDER.index(finding.group))


def _load_context(target: LocalTarget, loaded: Manifests) -> _ManifestContext:
    configured = asdict(target.servers.endpoints) if target.servers else {}
    endpoints = replace(PLACEHOLDER_ENDPOINTS, **{name: value for name, value in configured.items() if value})
    # Prefer the state of a running twin, because the twin may have been started with other variables.
    state = twin.load_state(target.twin_url) if target.twin_url else None
    unavailable = list(state.unavailable_engines) if state else find_unavailable_engines(loaded)
    models_folder = state.models_folder if state else os.environ.get(MODELS_VARIABLE)
    available = remove_engines(loaded, {engine.engine for engine in unavailable})
    functions = list(
        list_functions(available, endpoints, target.working_folder, state.models_folder if state else None)
    )
    return _ManifestContext(available, unavailable, functions, settings.probe_functions(functions), models_folder)


def _report_unchecked_functions() -> list[Finding]:
    advice = "Correct the manifests first, because they define the functions."
    return [report_warning(settings.GROUP, "functions", "not checked", advice)]


def _list_machine_checks(target: LocalTarget) -> Iterator[Check]:
    yield Check(machine.GROUP, "machine", partial(machine.check_machine, target.home))
    yield Check(machine.GROUP, "sandbox", machine.check_sandbox)
    yield Check(tools.GROUP, "programs", partial(tools.check_tools, is_required=target.is_real_platform))
    yield Check(packages.GROUP, "extras", packages.check_packages)


def _list_function_checks(context: _ManifestContext, working_folder: Path) -> Iterator[Check]:
    yield Check(settings.GROUP, "functions", partial(settings.check_settings, context.functions, context.settings))
    yield Check(settings.GROUP, "variables", partial(variables.check_variables, context.functions, context.settings))
    topics = {topic for source in context.manifests.select(KafkaSource) for topic in source.spec.topics}
    optional_packages = {f"functions.{folder}" for folder in packages.list_optional_functions()}
    check_folder = partial(models.check_models_folder, context.models_folder, working_folder)
    yield Check(models.GROUP, "folder", check_folder)
    report_missing_weights = partial(models.report_missing_weights, context.unavailable_engines)
    yield Check(models.GROUP, "unavailable engines", report_missing_weights)
    check_engines = partial(models.check_engines, context.functions, context.settings, topics, optional_packages)
    yield Check(models.GROUP, "engines", check_engines)


def _list_server_checks(target: LocalTarget, context: _ManifestContext | None) -> Iterator[Check]:
    if target.servers is None:
        yield Check("servers", "platform", partial(_report_stopped_stack, target.home))
        return
    endpoints, remedies = target.servers.endpoints, target.servers.remedies
    if endpoints.kafka:
        topics = _list_topics(context.manifests) if context else []
        check = partial(kafka.check_kafka, endpoints.kafka, topics, remedies["kafka"], is_up=target.is_up)
        yield Check("servers", "Kafka", check)
    if endpoints.s3:
        # versitygw, the store of the real platform, sends notifications, but its API does not report this.
        has_notification = target.is_real_platform
        check = partial(s3.check_store, endpoints, remedies["s3"], has_builtin_notification=has_notification)
        yield Check("servers", "S3", check)
    if endpoints.database:
        connections = database.count_connections(context.functions, context.settings) if context else None
        remedy = remedies["postgres"]
        check = partial(database.check_database, endpoints.database, connections, remedy, is_up=target.is_up)
        yield Check("servers", "PostgreSQL", check)
    yield from _list_telemetry_checks(target, context)
    if target.is_up:
        yield from _list_twin_checks(target)


def _list_telemetry_checks(target: LocalTarget, context: _ManifestContext | None) -> Iterator[Check]:
    # A twin that receives telemetry sets its own endpoint for all functions, which overrides endpoints in manifests.
    if target.telemetry_url:
        endpoints = [target.telemetry_url]
    else:
        endpoints = telemetry.list_endpoints(context.functions if context else ())
    for endpoint in endpoints:
        yield Check("servers", "telemetry", partial(telemetry.check_endpoint, endpoint))


def _list_twin_checks(target: LocalTarget) -> Iterator[Check]:
    if target.twin_url is None:
        yield Check(twin.GROUP, "twin", partial(twin.report_ended_twin, target.home))
        return
    yield Check(twin.GROUP, "twin", partial(twin.check_twin, target.twin_url))
    if target.gateway_url:
        yield Check(twin.GROUP, "gateway", partial(twin.check_gateway, target.gateway_url))


def _report_stopped_stack(home: Path) -> list[Finding]:
    advice = "Start everything with `pagebus up --detach`. The doctor then checks the servers and functions as well."
    return [report_ok("servers", "platform", f"nothing is running in {home}", advice)]


def _list_topics(loaded: Manifests) -> list[Topic]:
    """Return the topics that KafkaTopics declare, and topics that sources and sinks use without a KafkaTopic."""
    return [*map(to_topic, loaded.select(KafkaTopic)), *map(Topic, list_undeclared_topics(loaded))]
