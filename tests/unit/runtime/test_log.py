"""Logging of functions and of the twin."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.kit import ROOT

#: Imports the modules in its arguments, logs an exception, and prints the loaded modules of rich.
_PROGRAM = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
if sys.argv[1].startswith("functions."):
    from functions.runtime.log import configure_logging
    configure_logging("tested", "info")
import structlog
try:
    1 / 0
except ZeroDivisionError:
    structlog.get_logger().exception("failed")
print([name for name in sys.modules if name.partition(".")[0] == "rich"])
"""
_FUNCTIONS = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in (ROOT / "functions").glob("*/main.py")
)


def run_python(program: str, *arguments: str) -> str:
    """Run a program in a new Python process and return its stdout."""
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("modules", [_FUNCTIONS, ["local.twin.main"]], ids=["functions", "twin"])
def test_logging_process_does_not_import_rich(modules: list[str]) -> None:
    assert find_spec("rich"), "rich must be installed, or this test shows nothing"

    output = run_python(_PROGRAM, *modules)

    assert "ZeroDivisionError" in output
    assert output.splitlines()[-1] == "[]"


def test_rich_can_be_imported_after_logging() -> None:
    assert run_python("import functions.runtime.log, rich.console as c; print(c.Console.__name__)") == "Console\n"
