"""Processes that belong to a home of the command."""

from pathlib import Path


def list_processes(home: Path) -> list[str]:
    """Return the command lines of all processes with this home in their command line or environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            texts = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except OSError:  # the process has ended, or belongs to another user
            continue
        if any(str(home).encode() in text for text in texts):
            found.append(texts[0].decode(errors="replace").replace("\0", " "))
    return found
