"""Log files of replicas: one file for each replica number, rotated when a twin starts."""

from pathlib import Path

_PATTERN = "*-[0-9]*.log"
_PREVIOUS = ".previous.log"


def get_log_file(home: Path, service: str, number: int) -> Path:
    return home / "logs" / f"{service}-{number}.log"


def rotate_logs(home: Path) -> None:
    """Rename the logs of the previous twin to `.previous.log`, and delete those of the twin before it."""
    files = list((home / "logs").glob(_PATTERN))
    for file in files:
        if file.name.endswith(_PREVIOUS):
            file.unlink()
    for file in files:
        if not file.name.endswith(_PREVIOUS):
            file.replace(file.with_suffix(_PREVIOUS))
