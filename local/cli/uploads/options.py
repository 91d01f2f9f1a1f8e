"""Options of an upload: converted to the object's metadata, and checked before anything is uploaded."""

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
    """Return the object metadata for options by name, without those that are None.

    Raise UsageError if a value is invalid.
    """
    if options.get("languages"):
        from local.cli.uploads import languages  # noqa: PLC0415  # a slow import that only this option needs

        languages.check_languages(options["languages"])
        options = {**options, "languages": options["languages"].lower()}
    entries = {get_entry_name(name): str(value) for name, value in options.items() if value is not None}
    try:
        parsed = from_metadata(entries)
    except InvalidMetadata as error:
        name, problem = next(iter(error.problems.items()))
        raise UsageError(f"--{name.removeprefix(PREFIX)} {entries[name]!r} is invalid; {problem}.") from error
    if parsed.consensus and len(set(parsed.engines or ())) == 1:
        raise UsageError("--consensus needs two engines, and --engines names one. Name two, or none.")
    return to_metadata(parsed)


def check_engines(up: Stack, metadata: Mapping[str, str]) -> None:
    """Raise UsageError if the metadata names an engine that is not available.

    Intake would reject every such file. Without the rights or the answer to list the topics, leave the check to it.
    """
    engines = from_metadata(metadata).engines
    available = _list_engines(up) if engines else None
    if not engines or available is None:
        return
    if missing := [engine for engine in dict.fromkeys(engines) if engine not in available]:
        unavailable = twin.load_state(up.twin).unavailable_engines
        raise UsageError(_explain_missing(missing, available, unavailable))


def _list_engines(up: Stack) -> frozenset[str] | None:
    """Return the engines that have a topic, as intake sees them, or None if the topics cannot be listed.

    On a user's own Kafka, our rights may hide topics that intake can see.
    """
    if up.record.platform == "yours":
        return None
    try:
        names = topics.load_cluster_metadata(up.endpoints.kafka).partitions
    except KafkaException:
        return None
    pages_topics = (name for name in names if name.startswith(PAGES_PREFIX) and not name.endswith(BULK_SUFFIX))
    return frozenset(name.removeprefix(PAGES_PREFIX) for name in pages_topics)


def _explain_missing(missing: Sequence[str], available: Iterable[str], unavailable: Iterable[UnavailableEngine]) -> str:
    known = [one for one in unavailable if one.engine in missing]
    unknown = [engine for engine in missing if engine not in {one.engine for one in known}]
    sentences = [f"No engine is called {', '.join(unknown)}."] if unknown else []
    sentences += [*render_lines(known), f"Engines here: {', '.join(sorted(available)) or 'none'}."]
    return f"--engines {','.join(missing)}: {' '.join(sentences)} Nothing was uploaded."
