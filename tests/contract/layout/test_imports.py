"""Tests of the allowed imports between packages, and that imports have no side effects."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.layout.repository import LAYERS, ROOT, list_modules, read_source

PACKAGES = ("events", "functions", "local", "tests")

# It runs in a separate process, because a module is imported only once per process.
_IMPORT_ALL = """
import glob, importlib, json, os, sys
CONNECTS = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname"}
STARTS = {"subprocess.Popen", "os.fork", "os.posix_spawn", "os.exec"}
def watch(event, arguments):
    # ctypes runs ldconfig to find a library.
    if event in CONNECTS | STARTS and arguments[0] != "/sbin/ldconfig":
        raise RuntimeError(f"{event} on import")
sys.addaudithook(watch)
problems = {}
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except BaseException as error:
        problems[name] = f"{type(error).__name__}: {error}"
# Clients in C do not call the audit hook, but they hold a socket.
sockets = [fd for fd in glob.glob("/proc/self/fd/*") if os.path.islink(fd) and os.readlink(fd).startswith("socket:")]
print(json.dumps({"problems": problems, "sockets": sockets}))
"""
#: Modules of functions that the command uses as well: it creates the tables and detects media types by the first bytes.
#: Neither parses the content of documents.
_SHARED_WITH_LOCAL = ("functions.runtime.migrations", "functions.documents.media_types")


def get_part(module: str) -> str:
    """Return the part of the repository that has a module: events, local, or functions.<folder>."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "functions" else parts[0]


def is_allowed(module: str, target: str) -> bool:
    """Return whether one module may import the other."""
    own, other = get_part(module), get_part(target)
    if own == other or target == "functions":
        return True
    if own == "events":
        return False
    if own == "local":
        return other == "events" or target.startswith(_SHARED_WITH_LOCAL)
    if own in LAYERS:
        return other == "events" or other in LAYERS[: LAYERS.index(own)]
    return other == "events" or other in LAYERS


def find_imports(source: str, module: str) -> Iterator[str]:
    """Yield the full names that a module imports from the packages of this repository."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in PACKAGES)
        elif isinstance(node, ast.ImportFrom):
            package = ".".join(module.split(".")[: -node.level]) if node.level else ""
            base = ".".join(part for part in (package, node.module) if part)
            if base.split(".")[0] in PACKAGES:
                yield from (f"{base}.{alias.name}" for alias in node.names)


def find_violations(source: str, module: str) -> list[str]:
    return [target for target in find_imports(source, module) if not is_allowed(module, target)]


def test_modules_have_only_allowed_imports() -> None:
    violations = {module: find_violations(read_source(path), module) for module, path in list_modules().items()}
    assert violations
    assert {module: targets for module, targets in violations.items() if targets} == {}


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("events.page", "from functions.runtime import bus"),
        ("events.page", "import local"),
        ("functions.runtime.bus", "from functions.intake import handler"),
        ("functions.runtime.bus", "from functions import engine"),
        ("functions.runtime.bus", "from functions.reading.reading import Reading"),
        ("functions.reading.store", "from functions.documents.pdf import PdfDocument"),
        ("functions.documents.pdf", "from functions.engine.handler import handle"),
        ("functions.engine.handler", "from functions.tesseract.reader import read"),
        ("functions.intake.handler", "import functions.assembly.handler"),
        ("functions.intake.handler", "from functions import assembly"),
        ("functions.intake.handler", "from ..assembly import handler"),
        ("functions.intake.handler", "def late():\n    from functions.assembly import handler"),
        ("functions.intake.handler", "from local.twin import main"),
        ("functions.intake.handler", "from tests import kit"),
        ("local.twin.main", "from functions.runtime.storage import Storage"),
        ("local.twin.main", "from functions.documents.pdf import PdfDocument"),
        ("local.twin.main", "from functions.intake import main"),
    ],
)
def test_forbidden_import_is_found(module: str, source: str) -> None:
    assert find_violations(source, module)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("events.page", "from events import identity\nimport json"),
        ("functions.runtime.bus", "from events.codec import to_kafka"),
        ("functions.engine.handler", "from functions.runtime.storage import Storage"),
        ("functions.tesseract.main", "from functions.engine import handler"),
        ("functions.intake.main", "from functions.intake.handler import handle\nfrom . import settings"),
        ("local.cli.main", "from functions.runtime.migrations import migrate"),
        ("local.cli.main", "from functions.documents.media_types import media_type"),
    ],
)
def test_allowed_import_is_no_violation(module: str, source: str) -> None:
    assert find_violations(source, module) == []


def import_in_subprocess(*names: str, path: Path = ROOT) -> dict[str, object]:
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", _IMPORT_ALL, *names], cwd=path, capture_output=True, text=True, check=True
    )
    return dict(json.loads(result.stdout.splitlines()[-1]))


def test_imports_open_no_connection_and_start_no_process() -> None:
    assert import_in_subprocess(*list_modules()) == {"problems": {}, "sockets": []}


def test_import_with_side_effects_is_found(tmp_path: Path) -> None:
    (tmp_path / "calls.py").write_text("import socket\nsocket.create_connection(('127.0.0.1', 9))\n", encoding="utf-8")
    (tmp_path / "starts.py").write_text("import subprocess\nsubprocess.run(['true'])\n", encoding="utf-8")
    (tmp_path / "holds.py").write_text("import socket\nheld = socket.socket()\n", encoding="utf-8")
    result = import_in_subprocess("calls", "starts", "holds", path=tmp_path)
    assert result["problems"] == {
        "calls": "RuntimeError: socket.getaddrinfo on import",
        "starts": "RuntimeError: subprocess.Popen on import",
    }
    assert result["sockets"]
