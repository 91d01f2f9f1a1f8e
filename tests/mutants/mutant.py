"""A line of the twin made wrong, and what comes of it in a copy of the sources."""

import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.kit import ROOT

_SOURCES = ("events", "functions", "infra", "knative", "local", "tests", "pyproject.toml")
_TIMEOUT_S = 150
_PASSED, _FAILED = 0, 1


class Mutant(NamedTuple):
    """In `file`, the only `says` becomes `becomes`; one of `tests` (files, or tests in them) must fail."""

    name: str
    file: str
    says: str
    becomes: str
    tests: tuple[str, ...]

    def applied(self, source: str) -> str | None:
        """The source made wrong; None where the line is gone, or is there more than once."""
        return source.replace(self.says, self.becomes) if source.count(self.says) == 1 else None


class Verdict(NamedTuple):
    """`told` names the tests that noticed, or says what is wrong."""

    killed: bool
    told: str


def verdict(mutant: Mutant) -> Verdict:
    """What the mutant's tests say, run where only they see it."""
    wrong = mutant.applied((ROOT / mutant.file).read_text(encoding="utf-8"))
    if wrong is None:
        return Verdict(killed=False, told=f"GONE: its line is not once in {mutant.file}; aim it anew")
    with copied() as folder:
        (folder / mutant.file).write_text(wrong, encoding="utf-8")
        status, output = run(mutant.tests, folder)
    if status == _PASSED:
        return Verdict(killed=False, told="SURVIVED")
    if status != _FAILED:
        return Verdict(killed=False, told=f"NOT TRIED: pytest ended with {status}: {output.strip()[-400:]}")
    return Verdict(killed=True, told=", ".join(failed(output)))


def run(tests: Iterable[str], folder: Path) -> tuple[int, str]:
    """Pytest's status and words about these tests of the copy in `folder`, up to the first that fails."""
    command = [sys.executable, "-m", "pytest", "--quiet", "--exitfirst", "--tb=no", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    return done.returncode, done.stdout + done.stderr


def failed(output: str) -> list[str]:
    """The names of the tests that pytest's summary calls failed."""
    ids = [line.split(" ", 2)[1] for line in output.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return [name.rpartition("::")[2] for name in ids]


@contextmanager
def copied() -> Iterator[Path]:
    """The sources in a folder of their own, for as long as the context lasts."""
    with TemporaryDirectory(prefix="pagebus-mutant-") as name:
        folder = Path(name)
        for source in _SOURCES:
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, folder / source, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, folder / source)
        yield folder
