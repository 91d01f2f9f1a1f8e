"""Who may import whom, and that importing does nothing."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.layout.repository import LAYERS, ROOT, modules

OURS = ("events", "functions", "local", "tests")

# In a process of its own, because what is imported once is not imported again.
_IMPORT_ALL = """
import glob, importlib, json, os, sys
CONNECTS = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname"}
STARTS = {"subprocess.Popen", "os.fork", "os.posix_spawn", "os.exec"}
def watch(event, arguments):
    # ctypes asks ldconfig where a library lies.
    if event in CONNECTS | STARTS and arguments[0] != "/sbin/ldconfig":
        raise RuntimeError(f"{event} on import")
sys.addaudithook(watch)
problems = {}
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except BaseException as error:
        problems[name] = f"{type(error).__name__}: {error}"
# A client in C does not tell the hook, but it holds a socket.
sockets = [fd for fd in glob.glob("/proc/self/fd/*") if os.path.islink(fd) and os.readlink(fd).startswith("socket:")]
print(json.dumps({"problems": problems, "sockets": sockets}))
"""
#: Of the runtime, what the command shares: it makes the tables, and knows documents by their first bytes. Neither
#: parses what a stranger has written.
_FOR_ALL = ("functions.runtime.migrations", "functions.documents.sniff")


def home(module: str) -> str:
    """The part that a module belongs to: events, local, functions.<folder>."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "functions" else parts[0]


def allowed(module: str, target: str) -> bool:
    """Whether this module of ours may import that one."""
    own, other = home(module), home(target)
    if own == other or target == "functions":
        return True
    if own == "events":
        return False
    if own == "local":
        return other == "events" or target.startswith(_FOR_ALL)
    if own in LAYERS:
        return other == "events" or other in LAYERS[: LAYERS.index(own)]
    return other == "events" or other in LAYERS


def imported(source: str, module: str) -> Iterator[str]:
    """What of ours a module imports, by full names."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in OURS)
        elif isinstance(node, ast.ImportFrom):
            package = ".".join(module.split(".")[: -node.level]) if node.level else ""
            base = ".".join(part for part in (package, node.module) if part)
            if base.split(".")[0] in OURS:
                yield from (f"{base}.{alias.name}" for alias in node.names)


def violations(source: str, module: str) -> list[str]:
    return [target for target in imported(source, module) if not allowed(module, target)]


@pytest.mark.parametrize(("module", "path"), modules().items(), ids=modules())
def test_a_module_imports_only_what_its_place_allows(module: str, path: Path) -> None:
    assert violations((ROOT / path).read_text(encoding="utf-8"), module) == []


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
def test_a_forbidden_import_is_seen(module: str, source: str) -> None:
    assert violations(source, module)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("events.page", "from events import identity\nimport json"),
        ("functions.runtime.bus", "from events.codec import to_kafka"),
        ("functions.engine.handler", "from functions.runtime.storage import Storage"),
        ("functions.tesseract.main", "from functions.engine import handler"),
        ("functions.intake.main", "from functions.intake.handler import handle\nfrom . import settings"),
        ("local.cli.main", "from functions.runtime.migrations import migrate"),
        ("local.cli.main", "from functions.documents.sniff import media_type"),
    ],
)
def test_an_allowed_import_is_no_violation(module: str, source: str) -> None:
    assert violations(source, module) == []


def imported_alone(*names: str, path: Path = ROOT) -> dict[str, object]:
    told = subprocess.run(
        [sys.executable, "-W", "error", "-c", _IMPORT_ALL, *names], cwd=path, capture_output=True, text=True, check=True
    )
    return dict(json.loads(told.stdout.splitlines()[-1]))


def test_importing_any_module_connects_and_starts_nothing() -> None:
    assert imported_alone(*modules()) == {"problems": {}, "sockets": []}


def test_a_module_that_connects_is_seen(tmp_path: Path) -> None:
    (tmp_path / "calls.py").write_text("import socket\nsocket.create_connection(('127.0.0.1', 9))\n", encoding="utf-8")
    (tmp_path / "starts.py").write_text("import subprocess\nsubprocess.run(['true'])\n", encoding="utf-8")
    (tmp_path / "holds.py").write_text("import socket\nheld = socket.socket()\n", encoding="utf-8")
    seen = imported_alone("calls", "starts", "holds", path=tmp_path)
    assert seen["problems"] == {
        "calls": "RuntimeError: socket.getaddrinfo on import",
        "starts": "RuntimeError: subprocess.Popen on import",
    }
    assert seen["sockets"]
