"""Checks whether the twin can run the manifests, and whether a cluster would handle them differently."""

from collections.abc import Sequence
from pathlib import Path

from local.doctor.finding import Finding, report_ok, report_warning, report_wrong
from local.manifests.eventing import KafkaSource
from local.manifests.loading import ManifestError, Manifests, load_manifests
from local.manifests.serving import Service
from local.twin.checks import ManifestWarning, check_manifests, find_warnings
from local.twin.sources.topics import list_undeclared_topics

GROUP = "manifests"

# The descriptions and the advice of findings, by the name of the twin's warning.
_WARNINGS = {
    "source.without_dead_letter_sink": (
        "has no dead-letter sink",
        "Add spec.delivery.deadLetterSink. Without it, events that cannot be delivered are lost.",
    ),
    "source.would_starve_partitions": (
        "has fewer consumers than its topic has partitions",
        "Raise spec.consumers. With too few consumers, a cluster leaves partitions idle behind a backlog.",
    ),
    "source.never_ready": (
        "is accepted by a cluster, but never becomes ready",
        "Correct its key-type label, and remove retryAfterMax.",
    ),
}


def load_and_check(folders: Sequence[Path]) -> tuple[list[Finding], Manifests | None]:
    """Return findings about the manifests in these folders, and the manifests, or None if the twin cannot run them."""
    try:
        manifests = load_manifests(folders)
        check_manifests(manifests)
    except ManifestError as error:
        return [_report_problem(line) for line in error.problems], None
    except OSError as error:
        found = f"{error.filename}: {error.strerror}"
        return [report_wrong(GROUP, "files", found, "Choose a folder that can be read.")], None
    services, sources = len(manifests.select(Service)), len(manifests.select(KafkaSource))
    found = f"{services} Services and {sources} KafkaSources in {', '.join(map(str, folders))}"
    warnings = map(_report_warning, find_warnings(manifests))
    undeclared_topics = map(_report_undeclared_topic, list_undeclared_topics(manifests))
    return [report_ok(GROUP, "files", found), *warnings, *undeclared_topics], manifests


def _report_problem(line: str) -> Finding:
    """Return the finding for a problem, whose text has the advice after its last semicolon."""
    found, semicolon, advice = line.rpartition("; ")
    if not semicolon:
        return report_wrong(GROUP, "files", line, "Correct this file.")
    return report_wrong(GROUP, "files", found, f"{advice[:1].upper()}{advice[1:]}.")


def _report_warning(manifest_warning: ManifestWarning) -> Finding:
    found, advice = _WARNINGS[manifest_warning.name]
    return report_warning(GROUP, f"KafkaSource {manifest_warning.source}", found, advice)


def _report_undeclared_topic(topic: str) -> Finding:
    advice = "Declare it or correct its name. On a cluster, the source waits until the topic exists."
    return report_warning(GROUP, f"topic {topic}", "is declared by no KafkaTopic", advice)
