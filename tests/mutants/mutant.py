"""A changed line of the twin, and the results of tests in a copy of the sources."""

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
    """A change in `file` from `original`, which must occur once, to `replacement`. One of `tests` must fail."""

    name: str
    file: str
    original: str
    replacement: str
    tests: tuple[str, ...]

    def apply(self, source: str) -> str | None:
        """Return the changed source, or None if the original does not occur exactly once."""
        return source.replace(self.original, self.replacement) if source.count(self.original) == 1 else None


class Verdict(NamedTuple):
    """The result of a mutant; `explanation` has the failed tests, or the problem."""

    killed: bool
    explanation: str


def try_mutant(mutant: Mutant) -> Verdict:
    """Return the result of the mutant's tests, in a copy of the sources with the mutant."""
    wrong = mutant.apply((ROOT / mutant.file).read_text(encoding="utf-8"))
    if wrong is None:
        return Verdict(
            killed=False,
            explanation=f"NOT FOUND: its line does not occur once in {mutant.file}; correct the table",
        )
    with copy_sources() as folder:
        (folder / mutant.file).write_text(wrong, encoding="utf-8")
        status, output = run_tests(mutant.tests, folder)
    if status == _PASSED:
        return Verdict(killed=False, explanation="SURVIVED")
    if status != _FAILED:
        return Verdict(killed=False, explanation=f"NOT TRIED: pytest ended with {status}: {output.strip()[-400:]}")
    return Verdict(killed=True, explanation=", ".join(list_failed_tests(output)))


def run_tests(tests: Iterable[str], folder: Path) -> tuple[int, str]:
    """Return pytest's exit status and output for tests in `folder`, up to the first failure."""
    command = [sys.executable, "-m", "pytest", "--quiet", "--exitfirst", "--tb=no", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    return done.returncode, done.stdout + done.stderr


def list_failed_tests(output: str) -> list[str]:
    """Return the names of failed tests from pytest's summary."""
    ids = [line.split(" ", 2)[1] for line in output.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return [name.rpartition("::")[2] for name in ids]


@contextmanager
def copy_sources() -> Iterator[Path]:
    """Yield a temporary folder with a copy of the sources."""
    with TemporaryDirectory(prefix="pagebus-mutant-") as name:
        folder = Path(name)
        for source in _SOURCES:
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, folder / source, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, folder / source)
        yield folder
