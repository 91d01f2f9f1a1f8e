"""`python -m tests.mutants`: try all mutants, print the tests that detect them, and fail if one survives."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

from rich.table import Table

from local.cli.shell.screen import notes, out
from tests.mutants.mutant import Verdict, copy_sources, run_tests, try_mutant
from tests.mutants.table import MUTANTS

_FAILED, _INTERRUPTED = 1, 130


def main() -> int:
    """Return the exit status: 0 if all mutants are detected, 1 if one survives or the tests fail without a mutant."""
    tests = sorted({test for mutant in MUTANTS for test in mutant.tests})
    with copy_sources() as folder:
        status, output = run_tests(tests, folder)
    if status:
        notes.print(f"The tests fail without a mutant, so that mutants cannot be tried:\n{output}", markup=False)
        return _FAILED
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        results = list(pool.map(try_mutant, MUTANTS))
    out.print(_build_table(results))
    return 0 if all(result.killed for result in results) else _FAILED


def _build_table(verdicts: list[Verdict]) -> Table:
    table = Table("mutant", "killed by", box=None, pad_edge=False, header_style="bold")
    for mutant, (killed, explanation) in zip(MUTANTS, verdicts, strict=True):
        table.add_row(mutant.name, explanation, style=None if killed else "red")
    return table


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. No process is left.\n")
        sys.exit(_INTERRUPTED)
