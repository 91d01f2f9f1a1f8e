"""Answers what only a function's own Python can tell: its settings, its reader, whether it can confine a job.

Run as a file in the function's environment, so that exactly what the function would load is loaded. The answer is
JSON on standard output; an exception is no answer.
"""

import contextlib
import ctypes
import importlib
import importlib.util
import io
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

_PR_SET_PDEATHSIG = 1
#: Settings that say how a function works with others. No other value leaves this process: some are secret.
_TOLD = ("concurrency", "deadline_seconds", "languages", "route")


def settings(package: str) -> dict[str, Any]:
    """The variables that the function knows, what is wrong with those that it has, and a few of their values."""
    kind = next(_settings_of(package), None)
    if kind is None:
        return {}
    load = importlib.import_module("functions.runtime.settings").load
    loaded, problems = None, io.StringIO()
    with contextlib.redirect_stderr(problems), contextlib.suppress(SystemExit):
        loaded = load(kind)
    return {
        "names": [name.upper() for name in kind.model_fields],
        "problems": problems.getvalue().splitlines(),
        "is_engine": importlib.util.find_spec(f"{package}.reader") is not None,
        "values": {name: value for name in _TOLD if (value := getattr(loaded, name, None)) is not None},
    }


def reader(package: str) -> dict[str, Any]:
    """What the engine says of itself, made as its process would make it."""
    module = importlib.import_module(f"{package}.reader")
    kinds = [kind for kind in _classes_of(module) if hasattr(kind, "read") and hasattr(kind, "name")]
    if not kinds:
        raise TypeError(f"{package}.reader has no class with a name and a read()")
    settings = [importlib.import_module("functions.runtime.settings").load(kind) for kind in _settings_of(package)]
    made = kinds[0](*settings)
    return {"name": made.name, "version": made.version, "languages": sorted(made.languages)}


def sandbox() -> dict[str, Any]:
    """Nothing, if a job is confined here; the sandbox proves it before it takes any."""
    limits = importlib.import_module("functions.runtime.sandbox.limits").Limits
    module = importlib.import_module("functions.runtime.sandbox.sandbox")
    try:
        module.Sandbox([], limits(memory_bytes=1 << 28, cpu_seconds=5, wall_seconds=10)).close()
    except module.SandboxUnusable:
        sys.exit(1)  # its process has said why
    return {}


def _settings_of(package: str) -> Iterator[Any]:
    """Classes of the package's settings.py, if it is a function of ours that has one."""
    importlib.import_module(package)
    for needed in (f"{package}.settings", "functions", "functions.runtime"):
        if importlib.util.find_spec(needed) is None:
            return
    base = importlib.import_module("functions.runtime.settings").Settings
    for kind in _classes_of(importlib.import_module(f"{package}.settings")):
        if issubclass(kind, base):
            yield kind


def _classes_of(module: ModuleType) -> list[Any]:
    """Those that the module itself defines."""
    found = vars(module).values()
    return [one for one in found if isinstance(one, type) and one.__module__ == module.__name__]


def main() -> None:
    """Arguments: the question, and what it is about."""
    # Whoever asked may be interrupted; nobody is left behind then.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # As `python -m` has it: the folder in which it is run, and not that of this file.
    sys.path[0] = ""
    # What libraries print is not the answer.
    answers = os.dup(1)
    os.dup2(2, 1)
    questions: dict[str, Callable[..., dict[str, Any]]] = {"settings": settings, "reader": reader, "sandbox": sandbox}
    question, *about = sys.argv[1:]
    answer = questions[question](*about)
    with os.fdopen(answers, "w") as out:
        json.dump(answer, out)


if __name__ == "__main__":
    main()
