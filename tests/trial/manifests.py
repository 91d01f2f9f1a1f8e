"""What both twins run: two functions, one fed in order and one not."""

from pathlib import Path

from tests.workload import Workload

#: Topics, which are also the names of everything that belongs to them, and how their sources deliver.
ORDERINGS = {"trial-ordered": "ordered", "trial-unordered": "unordered"}
# Enough for any fault of a trial: what is given up would be lost, since there is no dead-letter sink.
_RETRIES = 10
_SCALING = {"window": "6s", "max-scale": "3"}


def write(folder: Path, record: Path) -> None:
    """A file per topic; whatever does an event writes it into `record`."""
    folder.mkdir()
    for topic, ordering in ORDERINGS.items():
        workload = Workload(topic, record, ordering, _SCALING, 2, timeout=30, retries=_RETRIES, backoff="PT0.1S")
        (folder / f"{topic}.yaml").write_text(workload.manifests())
