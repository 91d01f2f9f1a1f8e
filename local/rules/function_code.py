"""Analysis of the source code of functions: the events that they handle and publish.

The code is parsed and not imported, so that the libraries of engines need not be installed.
"""

import ast
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

from events.event import Event
from local.rules.relations import FUNCTIONS

_ENGINE = "engine"


@cache
def find_handled_types(folder: str) -> frozenset[str]:
    """Return the event types that the function handles. A type may be a pattern with `*`."""
    main = _parse(FUNCTIONS / folder / "main.py")
    tree = _parse(FUNCTIONS / _ENGINE / "serve.py") if _has_engine_server(main) else main
    imports = _find_imports(tree)
    return frozenset(
        event_type for node in tree.body if _is_app_factory(node) for event_type in _find_event_types(node, imports)
    )


@cache
def find_published_events(folder: str) -> frozenset[type[Event]]:
    """Return the classes of the events that the function creates, without events that the function only passes on."""
    folders = [folder, _ENGINE] if is_engine(folder) else [folder]
    trees = [_parse(file) for name in folders for file in sorted((FUNCTIONS / name).glob("*.py"))]
    return frozenset(event for tree in trees for event in _find_created_events(tree))


def is_engine(folder: str) -> bool:
    """Return whether the function is an engine: its main.py calls `serve_engine`."""
    return _has_engine_server(_parse(FUNCTIONS / folder / "main.py"))


def _parse(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"), str(file))


def _has_engine_server(main: ast.Module) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "serve_engine" for node in ast.walk(main))


def _is_app_factory(node: ast.stmt) -> bool:
    """Return whether the statement defines the function that returns the Flask app."""
    return isinstance(node, ast.FunctionDef) and isinstance(node.returns, ast.Name) and node.returns.id == "Flask"


def _find_imports(tree: ast.Module) -> dict[str, object]:
    """Return the objects that a module imports from events/, by their names in the module."""
    return {
        alias.asname or alias.name: getattr(import_module(node.module), alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("events.")
        for alias in node.names
    }


def _find_event_types(definition: ast.stmt, imports: dict[str, object]) -> Iterator[str]:
    """Yield the types for which the definition binds handlers.

    These are the types of all event classes that it names, and all strings that are keys of its dictionaries.
    """
    for node in ast.walk(definition):
        if isinstance(node, ast.Name):
            yield from _list_event_types(imports.get(node.id))
        elif isinstance(node, ast.Dict):
            keys = (imports.get(key.id) if isinstance(key, ast.Name) else _get_constant(key) for key in node.keys)
            yield from (key for key in keys if isinstance(key, str))


def _get_constant(node: ast.expr | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _list_event_types(imported: object) -> Iterator[str]:
    """Yield the type of an imported event class, or of each event class in an imported tuple."""
    if isinstance(imported, tuple):
        for element in imported:
            yield from _list_event_types(element)
    elif isinstance(imported, type) and issubclass(imported, Event):
        yield imported.TYPE


def _find_created_events(tree: ast.Module) -> Iterator[type[Event]]:
    imports = _find_imports(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            event = imports.get(_get_class_name(node.func))
            if isinstance(event, type) and issubclass(event, Event):
                yield event


def _get_class_name(called: ast.expr) -> str:
    """Return the name X of the class for the calls `X(...)` and `X.model_validate(...)`, else an empty string."""
    if isinstance(called, ast.Attribute) and called.attr == "model_validate":
        called = called.value
    return called.id if isinstance(called, ast.Name) else ""
