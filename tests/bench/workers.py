"""Manifests for measurements of the twin: functions that work as long as each event requests."""

from pathlib import Path

from tests.workload import Workload

#: A function with always one replica, and a function that scales from zero. Their topics have the same names.
WARM, BURST = "bench-awake", "bench-burst"
BURST_WINDOW, BURST_CONCURRENCY, BURST_MAX_SCALE = 10, 5, 8
FIFTY_NAMES = tuple(f"bench-{number:02}" for number in range(50))


def get_record_file(folder: Path) -> Path:
    """Return the file beside the manifests in which functions record their work."""
    return folder / "record.jsonl"


def build_warm_and_burst_workers(folder: Path) -> dict[str, str]:
    warm = {"min-scale": "1", "max-scale": "1"}
    burst = {"window": f"{BURST_WINDOW}s", "max-scale": f"{BURST_MAX_SCALE}", "target-utilization-percentage": "100"}
    return {
        f"{WARM}.yaml": _build_worker(WARM, get_record_file(folder), warm, 0, "ordered"),
        f"{BURST}.yaml": _build_worker(BURST, get_record_file(folder), burst, BURST_CONCURRENCY, "unordered"),
    }


def build_fifty_workers(folder: Path) -> dict[str, str]:
    scaling = {"window": "6s", "max-scale": "1"}
    return {f"{name}.yaml": _build_worker(name, get_record_file(folder), scaling, 1, "ordered") for name in FIFTY_NAMES}


def _build_worker(name: str, record: Path, scaling: dict[str, str], concurrency: int, ordering: str) -> str:
    return Workload(
        name, record, ordering, scaling, concurrency, timeout=60, retries=3, backoff="PT0.2S"
    ).render_manifests()
