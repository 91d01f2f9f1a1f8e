"""Where replicas write what they say: a file each, which begins with the twin."""

from pathlib import Path

_OF_REPLICAS = "*-[0-9]*.log"
_PREVIOUS = ".previous.log"


def of_replica(home: Path, service: str, number: int) -> Path:
    return home / "logs" / f"{service}-{number}.log"


def set_aside(home: Path) -> None:
    """Keep what replicas of the twin before have said, as `.previous.log`, and forget what was said before that."""
    found = list((home / "logs").glob(_OF_REPLICAS))
    for log in found:
        if log.name.endswith(_PREVIOUS):
            log.unlink()
    for log in found:
        if not log.name.endswith(_PREVIOUS):
            log.replace(log.with_suffix(_PREVIOUS))
