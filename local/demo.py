"""`python -m local.demo`: the sample documents, from upload to text, on a Pagebus that is gone afterwards."""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from events.document import OutputFormat
from local.cli import interrupts, stack, text, twin, upload, waiting
from local.cli.documents import Document
from local.cli.request import Request, settle
from local.cli.screen import hush, notes, out, printable, step
from local.evaluation.measures import measure
from local.platform import buckets
from local.platform.endpoints import Endpoints

_SAMPLES = Path(__file__).parent / "samples"
_TENANT = "demo"
_LINES = 6
_PATIENCE_S = 120.0


def demo(*, full: Annotated[bool, typer.Option("--full", help="Show the whole texts.")] = False) -> None:
    """Read the sample documents on this machine, and clean up."""
    hush()
    interrupts.heed()
    with TemporaryDirectory(prefix="pagebus-demo-") as folder:
        home = Path(folder)
        try:
            everything_read = _run(home, lines=None if full else _LINES)
        finally:
            interrupts.ignore()
            stack.bring_down(home, step)
    if not everything_read:
        raise typer.Exit(1)


def _run(home: Path, *, lines: int | None) -> bool:
    """Whether every sample was read."""
    begun = time.monotonic()
    up = stack.bring_up(home, settle(Request(), None, {}, alive=False), step)
    ready = time.monotonic()
    ended = _read_samples(up.started.endpoints)
    done = time.monotonic()
    texts = {one.key: _text(up.started.endpoints, one) for one in ended if one.completed}
    for key, content in texts.items():
        shown = Text(_shortened(printable(content), lines))
        out.print(Panel.fit(shown, title=Text(Path(key).name), title_align="left"))
    out.print(_results(ended, texts))
    out.print(_scaling(twin.ask(up.twin)["scaled"]))
    out.print("As on Knative, each function starts once, and goes to zero when no event has come for a while.")
    out.print(f"Up after {ready - begun:.1f} s, {len(ended)} documents read in another {done - ready:.1f} s.")
    return len(texts) == len(ended)


def _read_samples(endpoints: Endpoints) -> list[Document]:
    samples = sorted(truth.with_suffix("").with_suffix("") for truth in _SAMPLES.glob("*.gt.txt"))
    files = [file for sample in samples for file in _SAMPLES.glob(f"{sample.name}.*") if file.suffix != ".txt"]
    s3 = buckets.client(endpoints)
    submitted = [upload.put(s3, one, _TENANT, {}) for one in upload.plan(files, _TENANT).uploads]
    notes.print(
        f"{len(submitted)} documents uploaded. They wait for the consumers, which take seconds to get partitions."
    )
    return waiting.until_ended(endpoints.database, submitted, _PATIENCE_S, lambda: None)


def _text(endpoints: Endpoints, document: Document) -> str:
    return text.read(endpoints, document, OutputFormat.TEXT).decode()


def _shortened(content: str, lines: int | None) -> str:
    said = [line for line in content.splitlines() if line.strip()]
    more = [] if lines is None or len(said) <= lines else [f"... and {len(said) - lines} lines more"]
    return "\n".join([*said[:lines], *more])


def _results(ended: Sequence[Document], texts: dict[str, str]) -> Table:
    table = Table(title="Documents", title_justify="left", box=None, header_style="bold")
    for column in ("file", "state", "pages", "reason", "characters wrong"):
        table.add_column(column, overflow="fold")
    for document in ended:
        name = Path(document.key).name
        cells = [name, document.state, f"{document.recognized}/{document.pages or '?'}", document.reason or ""]
        if document.key in texts:
            truth = (_SAMPLES / name).with_suffix(".gt.txt").read_text("utf-8")
            cells.append(f"{measure(truth, texts[document.key]).cer:.1%}")
        table.add_row(*map(Text, cells))
    return table


def _scaling(history: Iterable[dict[str, Any]]) -> Table:
    """Per function, the numbers of its replicas in order, each with its reason; and its second, if not of the first."""
    changes = sorted(history, key=lambda change: float(change["time"]))
    steps: defaultdict[str, list[str]] = defaultdict(list)
    for change in changes:
        since = change["time"] - changes[0]["time"]
        when = f" after {since:.1f} s" if steps[change["name"]] else ""
        steps[change["name"]].append(f"{change['from']} → {change['to']}{when} ({change['why']})")
    table = Table(title="How it scaled", title_justify="left", box=None, header_style="bold")
    table.add_column("function")
    table.add_column("replicas", overflow="fold")
    for name in sorted(steps):
        table.add_row(name, ", ".join(steps[name]))
    return table


if __name__ == "__main__":
    typer.run(demo)
