"""Options of an upload: conversion to object metadata, and checks before the first upload."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from confluent_kafka import KafkaException

from events.metadata import PREFIX, InvalidMetadata, from_metadata, get_entry_name, to_metadata
from events.topics import BULK_SUFFIX, PAGES_PREFIX
from local.cli.shell.errors import UsageError
from local.cli.stack import twin
from local.cli.stack.stack import Stack
from local.platform import topics
from local.twin.unavailable_engines import UnavailableEngine, render_lines


def build_metadata(options: Mapping[str, Any]) -> dict[str, str]:
    """Return the S3 object metadata for options by name. Options that are None are left out.

    Raise UsageError if a value is invalid.
    """
    if options.get("languages"):
        from local.cli.uploads import languages  # noqa: PLC0415  # a slow import that only this option needs

        languages.check_languages(options["languages"])
        options = {**options, "languages": options["languages"].lower()}
    entries = {get_entry_name(name): str(value) for name, value in options.items() if value is not None}
    try:
        upload_options = from_metadata(entries)
    except InvalidMetadata as error:
        name, problem = next(iter(error.problems.items()))
        raise UsageError(f"--{name.removeprefix(PREFIX)} {entries[name]!r} is invalid; {problem}.") from error
    if upload_options.consensus and len(set(upload_options.engines or ())) == 1:
        raise UsageError("--consensus needs two engines, and --engines names one. Name two, or none.")
    return to_metadata(upload_options)


def check_engines(running_stack: Stack, metadata: Mapping[str, str]) -> None:
    """Raise UsageError if the metadata names an engine that is not available, because intake would reject the files.

    If the topics cannot be listed, check nothing: intake then checks the engines after the upload.
    """
    engines = from_metadata(metadata).engines
    available_engines = _list_engines(running_stack) if engines else None
    if not engines or available_engines is None:
        return
    if missing_engines := [engine for engine in dict.fromkeys(engines) if engine not in available_engines]:
        unavailable_engines = twin.load_state(running_stack.twin).unavailable_engines
        raise UsageError(_explain_missing_engines(missing_engines, available_engines, unavailable_engines))


def _list_engines(running_stack: Stack) -> frozenset[str] | None:
    """Return the engines that have a topic, or None if the topics cannot be listed.

    On a user's own Kafka the result is None, because this command may lack rights on topics that intake can use.
    """
    if running_stack.record.platform == "yours":
        return None
    try:
        names = topics.load_cluster_metadata(running_stack.endpoints.kafka).partitions
    except KafkaException:
        return None
    pages_topics = (name for name in names if name.startswith(PAGES_PREFIX) and not name.endswith(BULK_SUFFIX))
    return frozenset(name.removeprefix(PAGES_PREFIX) for name in pages_topics)


def _explain_missing_engines(
    missing_engines: Sequence[str], available_engines: Iterable[str], unavailable_engines: Iterable[UnavailableEngine]
) -> str:
    explained_engines = [engine for engine in unavailable_engines if engine.engine in missing_engines]
    explained_names = {engine.engine for engine in explained_engines}
    unknown_names = [name for name in missing_engines if name not in explained_names]
    sentences = [f"No engine is called {', '.join(unknown_names)}."] if unknown_names else []
    sentences += [*render_lines(explained_engines), f"Engines here: {', '.join(sorted(available_engines)) or 'none'}."]
    return f"--engines {','.join(missing_engines)}: {' '.join(sentences)} Nothing was uploaded."
