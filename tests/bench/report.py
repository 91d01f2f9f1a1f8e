"""Print the figures on the terminal, and write them to bench.json."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.figures import Figure

_MET = {True: "[green]met[/green]", False: "[red]missed[/red]", None: ""}


def print_figures(figures: Sequence[Figure], console: Console) -> None:
    """Print a table with a row per figure, then the description of each measurement."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("figure", "value", "unit", "aim", ""):
        table.add_column(column, justify="right" if column == "value" else "left", no_wrap=True)
    for figure in figures:
        aim = str(figure.spec.aim or "")
        table.add_row(figure.name, format_value(figure), figure.spec.unit, aim, _MET[figure.is_met])
    console.print(table)
    console.print()
    for figure in figures:
        console.print(f"{figure.name}: {figure.how}", markup=False)
    console.print(f"{os.cpu_count()} cores, load average {os.getloadavg()[1]:.1f} over the last five minutes")


def format_value(figure: Figure) -> str:
    """Return a value with three significant digits, or as an integer from 100 on."""
    if figure.value is None:
        return "failed" if figure.failed else "absent"
    return f"{figure.value:.0f}" if abs(figure.value) >= 100 else f"{figure.value:.3g}"


def write_figures(figures: Sequence[Figure], file: Path) -> None:
    file.write_text(json.dumps([figure.as_dict() for figure in figures], ensure_ascii=False, indent=1) + "\n", "utf-8")
