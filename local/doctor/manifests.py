"""Whether the manifests can be run."""

from collections.abc import Sequence
from pathlib import Path

from local.doctor.finding import Finding, ok, warning, wrong
from local.manifests.eventing import KafkaSource
from local.manifests.loading import ManifestError, Manifests, load
from local.manifests.serving import Service
from local.twin.checks import Doubt, check, doubts
from local.twin.sources.topics import undeclared

GROUP = "manifests"

_DOUBTS = {
    "source.without_dead_letter_sink": (
        "has no dead-letter sink",
        "Add spec.delivery.deadLetterSink: what is not taken is dropped without one.",
    ),
    "source.would_starve_partitions": (
        "has fewer consumers than its topic has partitions",
        "Raise spec.consumers: partitions are left idle behind a backlog.",
    ),
    "source.never_ready": (
        "is taken by a cluster, and never gets ready",
        "Correct its key-type label, and leave retryAfterMax out.",
    ),
}


def read(folders: Sequence[Path]) -> tuple[list[Finding], Manifests | None]:
    """What is wrong with them; and themselves, if they can be run."""
    try:
        found = load(folders)
        check(found)
    except ManifestError as error:
        return [_problem(line) for line in error.problems], None
    except OSError as error:
        return [wrong(GROUP, "files", f"{error.filename}: {error.strerror}", "Name a folder that can be read.")], None
    services, sources = len(found.of(Service)), len(found.of(KafkaSource))
    said = f"{services} Services and {sources} KafkaSources in {', '.join(map(str, folders))}"
    return [ok(GROUP, "files", said), *map(_doubtful, doubts(found)), *map(_undeclared, undeclared(found))], found


def _problem(line: str) -> Finding:
    what, semicolon, advice = line.rpartition("; ")
    if not semicolon:
        return wrong(GROUP, "files", line, "Correct it.")
    return wrong(GROUP, "files", what, f"{advice[:1].upper()}{advice[1:]}.")


def _doubtful(doubt: Doubt) -> Finding:
    what, advice = _DOUBTS[doubt.event]
    return warning(GROUP, f"KafkaSource {doubt.source}", what, advice)


def _undeclared(topic: str) -> Finding:
    advice = "Declare it, or correct the name: on a cluster its source would wait for it."
    return warning(GROUP, f"topic {topic}", "no KafkaTopic declares it", advice)
