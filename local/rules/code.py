"""What functions' own code says of events: read from its text, so that nothing of an engine needs to be installed."""

import ast
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

from events.event import Event
from local.rules.landscape import FUNCTIONS

_ENGINE = "engine"


@cache
def handled(folder: str) -> frozenset[str]:
    """The types of events that this function takes, `*` standing for anything."""
    main = _tree(FUNCTIONS / folder / "main.py")
    tree = _tree(FUNCTIONS / _ENGINE / "serve.py") if _is_engine(main) else main
    return frozenset(type_ for node in tree.body if _is_build(node) for type_ in _types(node, _imported(tree)))


@cache
def said(folder: str) -> frozenset[type[Event]]:
    """The events that this function makes itself; it may pass on others."""
    folders = [folder, _ENGINE] if _is_engine(_tree(FUNCTIONS / folder / "main.py")) else [folder]
    trees = [_tree(file) for name in folders for file in sorted((FUNCTIONS / name).glob("*.py"))]
    return frozenset(event for tree in trees for event in _made(tree))


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"), str(file))


def _is_engine(main: ast.Module) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "serve_engine" for node in ast.walk(main))


def _is_build(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "build"


def _imported(tree: ast.Module) -> dict[str, object]:
    """What a module imports of events/, by the names that it has there; importing that does nothing."""
    return {
        alias.asname or alias.name: getattr(import_module(node.module), alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("events.")
        for alias in node.names
    }


def _types(build: ast.stmt, names: dict[str, object]) -> Iterator[str]:
    for node in ast.walk(build):
        if isinstance(node, ast.Name):
            yield from _types_of(names.get(node.id))
        elif isinstance(node, ast.Dict):
            keys = (names.get(key.id) if isinstance(key, ast.Name) else _constant(key) for key in node.keys)
            yield from (key for key in keys if isinstance(key, str))


def _constant(node: ast.expr | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _types_of(found: object) -> Iterator[str]:
    if isinstance(found, tuple):
        for one in found:
            yield from _types_of(one)
    elif isinstance(found, type) and issubclass(found, Event):
        yield found.TYPE


def _made(tree: ast.Module) -> Iterator[type[Event]]:
    names = _imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found = names.get(node.func.id)
            if isinstance(found, type) and issubclass(found, Event):
                yield found
