"""List the tracked files, the functions and the modules of the repository."""

import ast
import subprocess
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
#: Folders of functions/ that functions share. Each may import those before it.
SHARED = ("runtime", "reading", "documents", "engine")
#: The same folders as dotted names.
LAYERS = tuple(f"functions.{folder}" for folder in SHARED)


def list_tracked_files(*patterns: str) -> list[Path]:
    """Return the tracked files that match, relative to the root, except files that no longer exist."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def read_source(path: Path) -> str:
    """Return the text of a tracked file."""
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def parse_module(path: Path) -> ast.Module:
    """Return the syntax tree of a tracked module. Several rules use it, so each module is parsed once."""
    return ast.parse(read_source(path))


def find_problems(paths: Iterable[Path], find: Callable[[Path], list[str]]) -> dict[str, list[str]]:
    """Return the problems of each file that has any.

    A rule checks all files in one test: a thousand tests would take longer to collect and report than to run.
    """
    return {str(path): problems for path in paths if (problems := find(path))}


def list_functions() -> dict[str, set[str]]:
    """Return the file names of every function, by its folder."""
    functions: dict[str, set[str]] = {}
    for path in list_tracked_files("functions/*/*"):
        folder, name = path.parts[1], path.parts[2]
        if folder not in SHARED:
            functions.setdefault(folder, set()).add(name)
    return functions


def list_modules() -> dict[str, Path]:
    """Return the product's modules by their dotted names."""
    modules = {}
    for path in list_tracked_files("events/*.py", "functions/*.py", "local/*.py"):
        parts = path.with_suffix("").parts
        modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return modules
