"""Probes that need a function's own Python: its settings, its reader, and whether it can confine a job.

This file runs as a script in the function's environment, so that it loads exactly what the function would load. The
result is JSON on standard output. After an exception there is no result.
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
#: Settings that other checks compare. All other values stay in this process, because some are secret.
_REPORTED_SETTINGS = ("concurrency", "deadline_seconds", "languages", "route")


def probe_settings(package: str) -> dict[str, Any]:
    """Return the function's variables, the problems of their values, and the values of `_REPORTED_SETTINGS`.

    The result is empty if the package has no settings class of this project.
    """
    settings_class = next(_find_settings_classes(package), None)
    if settings_class is None:
        return {}
    load = importlib.import_module("functions.runtime.settings").load_settings
    loaded, problems = None, io.StringIO()
    with contextlib.redirect_stderr(problems), contextlib.suppress(SystemExit):
        loaded = load(settings_class)
    return {
        "names": [name.upper() for name in settings_class.model_fields],
        "problems": problems.getvalue().splitlines(),
        "is_engine": importlib.util.find_spec(f"{package}.reader") is not None,
        "values": {name: value for name in _REPORTED_SETTINGS if (value := getattr(loaded, name, None)) is not None},
    }


def probe_reader(package: str) -> dict[str, Any]:
    """Return the name, the version and the languages of the engine's reader, created as the engine creates it.

    Raise TypeError if `reader.py` of the package has no reader class.
    """
    module = importlib.import_module(f"{package}.reader")
    reader_classes = [
        candidate for candidate in _list_classes(module) if hasattr(candidate, "read") and hasattr(candidate, "name")
    ]
    if not reader_classes:
        raise TypeError(f"{package}.reader has no class with a name and a read()")
    settings = [
        importlib.import_module("functions.runtime.settings").load_settings(settings_class)
        for settings_class in _find_settings_classes(package)
    ]
    reader = reader_classes[0](*settings)
    return {"name": reader.name, "version": reader.version, "languages": sorted(reader.languages)}


def probe_sandbox() -> dict[str, Any]:
    """Start a sandbox, wait until it is ready and end it. Exit with status 1 if this machine cannot confine processes.

    The sandbox's process writes the reason to standard error. The result is always empty.
    """
    limits = importlib.import_module("functions.runtime.sandbox.limits").JobLimits
    module = importlib.import_module("functions.runtime.sandbox.sandbox")
    sandbox = module.Sandbox([], limits(memory_bytes=1 << 28, cpu_seconds=5, wall_seconds=10))
    try:
        # The constructor does not wait. Without this call, the sandbox would end before it can fail.
        sandbox.wait_until_ready()
    except module.SandboxUnusable:
        sys.exit(1)
    finally:
        sandbox.close()
    return {}


def _find_settings_classes(package: str) -> Iterator[Any]:
    """Yield the settings classes in `settings.py` of the package, if the package is a function of this project."""
    importlib.import_module(package)
    for required in (f"{package}.settings", "functions", "functions.runtime"):
        if importlib.util.find_spec(required) is None:
            return
    base = importlib.import_module("functions.runtime.settings").Settings
    for candidate in _list_classes(importlib.import_module(f"{package}.settings")):
        if issubclass(candidate, base):
            yield candidate


def _list_classes(module: ModuleType) -> list[Any]:
    """Return the classes that the module itself defines, without imported classes."""
    values = vars(module).values()
    return [value for value in values if isinstance(value, type) and value.__module__ == module.__name__]


def main() -> None:
    """Run the probe that the first argument names, and write its result. The probe gets the other arguments."""
    # Let the kernel end this process when its parent ends, because an interrupted parent does not end its children.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # Import from the working folder, as `python -m` does, and not from the folder of this file.
    sys.path[0] = ""
    # Libraries may print to standard output, which must contain only the result. Redirect their output.
    result_descriptor = os.dup(1)
    os.dup2(2, 1)
    probes: dict[str, Callable[..., dict[str, Any]]] = {
        "settings": probe_settings,
        "reader": probe_reader,
        "sandbox": probe_sandbox,
    }
    probe, *arguments = sys.argv[1:]
    result = probes[probe](*arguments)
    with os.fdopen(result_descriptor, "w") as result_file:
        json.dump(result, result_file)


if __name__ == "__main__":
    main()
