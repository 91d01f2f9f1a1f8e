"""What is in the repository: what git tracks, and what follows from it."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]
#: Folders of functions/ that functions share. Each may import those before it.
SHARED = ("runtime", "reading", "documents", "engine")
#: The same folders as dotted names.
LAYERS = tuple(f"functions.{folder}" for folder in SHARED)


def tracked(*patterns: str) -> list[Path]:
    """The tracked files that match, relative to the root, without those that are about to be removed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def functions() -> dict[str, set[str]]:
    """The files of every function, by its folder."""
    found: dict[str, set[str]] = {}
    for path in tracked("functions/*/*"):
        folder, name = path.parts[1], path.parts[2]
        if folder not in SHARED:
            found.setdefault(folder, set()).add(name)
    return found


def modules() -> dict[str, Path]:
    """The product's modules by their dotted names."""
    found = {}
    for path in tracked("events/*.py", "functions/*.py", "local/*.py"):
        parts = path.with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found
