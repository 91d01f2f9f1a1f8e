"""The language rules of CONTRIBUTING.md that a program can check."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.contract.layout.repository import ROOT, find_problems, list_tracked_files, parse_module

MAX_FORBIDDEN_SHARE = 0.03
#: Docstrings that open with one of these describe a value or a condition, not what the function does.
OPENINGS = re.compile(
    r"(what|whether|of|who|whom|whose|whoever|nothing|none|how|where|when|why|as|with|without|from|in|on|at|for|each|every|it|its|those"
    r"|these|all|one|so|by|if|not|no|only|and|but|or|raises|returns)\b",
    re.IGNORECASE,
)
#: Words that readers of English as a second language stumble over.
ARCHAIC = re.compile(r"\b(afresh|in vain|whoever|whom|of which|unsaid|anew|lest|whence)\b", re.IGNORECASE)
#: Classes that every part has in the same role.
SAME_ROLE = {"Settings"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def load_forbidden_names() -> frozenset[str]:
    """Return the names that CONTRIBUTING.md forbids for functions."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    _, _, rest = text.partition("No function has one of these names")
    paragraph, _, _ = rest.partition("\n\n")
    return frozenset(re.findall(r"`(\w+)`", paragraph))


def list_function_names(module: Path) -> list[str]:
    """Return the names of all functions, without underscores around them."""
    return [node.name.strip("_") for node in ast.walk(parse_module(module)) if isinstance(node, Function)]


def iterate_docstrings(module: Path) -> Iterator[str]:
    """Yield the docstrings of the module and of all its classes and functions."""
    for node in ast.walk(parse_module(module)):
        if isinstance(node, Function | ast.ClassDef | ast.Module) and (text := ast.get_docstring(node)):
            yield text


def find_public_classes(folder: str) -> dict[str, set[Path]]:
    """Return the public top-level classes of a folder, each with the modules that define it."""
    found: defaultdict[str, set[Path]] = defaultdict(set)
    for path in list_tracked_files(f"{folder}/*.py"):
        for node in parse_module(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and node.name not in SAME_ROLE:
                found[node.name].add(path)
    return found


def test_contributing_lists_forbidden_names() -> None:
    assert {"told", "said", "shown", "of", "at", "one", "there"} <= load_forbidden_names()


def test_forbidden_function_names_are_under_three_percent() -> None:
    names = [
        (path, name)
        for path in list_tracked_files("events/*.py", "functions/*.py", "local/*.py", "tests/*.py")
        for name in list_function_names(path)
    ]
    forbidden = [f"{path}: {name}" for path, name in names if name in load_forbidden_names()]
    assert len(forbidden) < MAX_FORBIDDEN_SHARE * len(names), forbidden


def test_docstrings_open_with_a_verb_or_a_noun() -> None:
    modules = list_tracked_files("events/*.py", "functions/*.py", "local/*.py")
    assert find_problems(modules, lambda path: list(filter(OPENINGS.match, iterate_docstrings(path)))) == {}


def test_docstrings_avoid_archaic_words() -> None:
    modules = list_tracked_files("events/*.py", "functions/*.py", "local/*.py")
    assert find_problems(modules, lambda path: list(filter(ARCHAIC.search, iterate_docstrings(path)))) == {}


@pytest.mark.parametrize("folder", ["functions", "local"])
def test_public_class_names_are_unique(folder: str) -> None:
    assert {name: paths for name, paths in find_public_classes(folder).items() if len(paths) > 1} == {}


def test_bad_openings_are_found() -> None:
    assert OPENINGS.match("What an engine does.")
    assert OPENINGS.match("Of two, the later.")
    assert not OPENINGS.match("Return the later of two.")
    assert not OPENINGS.match("Offsets per partition.")
