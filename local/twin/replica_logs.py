"""Log files of replicas: one file for each replica number, rotated when a twin starts."""

from pathlib import Path

_LOG_PATTERN = "*-[0-9]*.log"
_PREVIOUS_SUFFIX = ".previous.log"


def get_log_file(home: Path, service: str, number: int) -> Path:
    """Return the log file of the replica `number` of a Service."""
    return home / "logs" / f"{service}-{number}.log"


def rotate_logs(home: Path) -> None:
    """Rename the logs of the previous twin to `*.previous.log`, and delete older logs."""
    files = list((home / "logs").glob(_LOG_PATTERN))
    for file in files:
        if file.name.endswith(_PREVIOUS_SUFFIX):
            file.unlink()
    for file in files:
        if not file.name.endswith(_PREVIOUS_SUFFIX):
            file.replace(file.with_suffix(_PREVIOUS_SUFFIX))
