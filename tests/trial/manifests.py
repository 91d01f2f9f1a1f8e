"""The manifests of both twins: two functions with an ordered and an unordered source."""

from pathlib import Path

from tests.workload import Workload

#: The ordering of sources by topic. Function and source have the name of the topic.
ORDERINGS = {"trial-ordered": "ordered", "trial-unordered": "unordered"}
# Enough retries for any fault of a trial: there is no dead-letter sink, so that failed events would be lost.
_RETRIES = 10
_SCALING = {"window": "6s", "max-scale": "3"}


def write_manifests(folder: Path, record: Path) -> None:
    """Write a file per topic. Functions write each done event to `record`."""
    folder.mkdir()
    for topic, ordering in ORDERINGS.items():
        workload = Workload(topic, record, ordering, _SCALING, 2, timeout=30, retries=_RETRIES, backoff="PT0.1S")
        (folder / f"{topic}.yaml").write_text(workload.render_manifests())
