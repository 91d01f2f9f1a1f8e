"""`python -m tests.mutants`: try every mutant, show who was killed by what, and fail when one was not."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

from rich.table import Table

from local.cli.screen import notes, out
from tests.mutants.mutant import Verdict, copied, run, verdict
from tests.mutants.table import MUTANTS

_FAILED, _INTERRUPTED = 1, 130


def main() -> int:
    """The exit status: 0 when every mutant was killed, 1 when one was not or the tests fail without any."""
    tests = sorted({test for mutant in MUTANTS for test in mutant.tests})
    with copied() as folder:
        status, output = run(tests, folder)
    if status:
        notes.print(f"The tests fail without any mutant, so they can tell nothing:\n{output}", markup=False)
        return _FAILED
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        verdicts = list(pool.map(verdict, MUTANTS))
    out.print(_table(verdicts))
    return 0 if all(each.killed for each in verdicts) else _FAILED


def _table(verdicts: list[Verdict]) -> Table:
    table = Table("mutant", "killed by", box=None, pad_edge=False, header_style="bold")
    for mutant, (killed, told) in zip(MUTANTS, verdicts, strict=True):
        table.add_row(mutant.name, told, style=None if killed else "red")
    return table


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; nothing is left running.\n")
        sys.exit(_INTERRUPTED)
