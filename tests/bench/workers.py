"""Manifests for measuring the twin itself: functions that only work as long as each event says."""

from pathlib import Path

from tests.workload import Workload

#: The function of which there is always one, and the one that comes from zero; their topics are called like them.
AWAKE, BURST = "bench-awake", "bench-burst"
BURST_WINDOW, BURST_CONCURRENCY, BURST_MOST = 10, 5, 8
FIFTY = tuple(f"bench-{number:02}" for number in range(50))


def record(folder: Path) -> Path:
    """Where functions write down what they have done, beside the manifests."""
    return folder / "record.jsonl"


def awake_and_burst(folder: Path) -> dict[str, str]:
    awake = {"min-scale": "1", "max-scale": "1"}
    burst = {"window": f"{BURST_WINDOW}s", "max-scale": f"{BURST_MOST}", "target-utilization-percentage": "100"}
    return {
        f"{AWAKE}.yaml": _function(AWAKE, record(folder), awake, 0, "ordered"),
        f"{BURST}.yaml": _function(BURST, record(folder), burst, BURST_CONCURRENCY, "unordered"),
    }


def fifty(folder: Path) -> dict[str, str]:
    scaling = {"window": "6s", "max-scale": "1"}
    return {f"{name}.yaml": _function(name, record(folder), scaling, 1, "ordered") for name in FIFTY}


def _function(name: str, record: Path, scaling: dict[str, str], concurrency: int, ordering: str) -> str:
    return Workload(name, record, ordering, scaling, concurrency, timeout=60, retries=3, backoff="PT0.2S").manifests()
