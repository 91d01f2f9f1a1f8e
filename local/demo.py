"""The demo, `python -m local.demo`: read the sample documents with a temporary stack, and print their texts."""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from events.document import OutputFormat
from local.cli.queries.documents import Document
from local.cli.queries.outputs import load_output
from local.cli.shell import interrupts
from local.cli.shell.screen import make_printable, notes, out, show_step, silence_logs
from local.cli.stack import stack, twin
from local.cli.stack.up_options import UpOptions, resolve_options
from local.cli.uploads.plan import plan_uploads
from local.cli.uploads.transfer import upload_file
from local.cli.uploads.waiting import wait_until_ended
from local.evaluation.metrics import compare_with_truth
from local.platform import buckets
from local.platform.endpoints import Endpoints
from local.twin.state import ScalingEvent

_SAMPLES = Path(__file__).parent / "samples"
_TENANT = "demo"
# The number of lines to print of each text if --full is not used.
_SHOWN_LINES = 6
_TIMEOUT_S = 120.0


def run_demo(*, full: Annotated[bool, typer.Option("--full", help="Print every line of the texts.")] = False) -> None:
    """Read the sample documents on this machine, print their texts, and remove the stack."""
    silence_logs()
    interrupts.raise_on_termination()
    with TemporaryDirectory(prefix="pagebus-demo-") as folder:
        home = Path(folder)
        try:
            is_everything_read = _run_demo_stack(home, line_limit=None if full else _SHOWN_LINES)
        finally:
            interrupts.ignore_signals()
            stack.bring_down(home, show_step)
    if not is_everything_read:
        raise typer.Exit(1)


def _run_demo_stack(home: Path, *, line_limit: int | None) -> bool:
    """Start a stack, read the samples and print the results. Return whether every sample has a text.

    Print at most `line_limit` lines of each text, or all lines if it is None.
    """
    started_at = time.monotonic()
    running_stack = stack.bring_up(home, resolve_options(UpOptions(), None, {}, is_running=False), show_step)
    ready_at = time.monotonic()
    documents = _read_samples(running_stack.endpoints)
    finished_at = time.monotonic()
    texts = {
        document.key: _load_text(running_stack.endpoints, document) for document in documents if document.is_completed
    }
    for key, content in texts.items():
        text = Text(_shorten(make_printable(content), line_limit))
        out.print(Panel.fit(text, title=Text(Path(key).name), title_align="left"))
    out.print(_build_document_table(documents, texts))
    out.print(_build_scaling_table(twin.load_state(running_stack.twin).scaling_events))
    out.print("As on Knative, each function starts at its first event, and scales to zero after a time without events.")
    read_seconds = finished_at - ready_at
    out.print(f"Start: {ready_at - started_at:.1f} s. {len(documents)} documents were read in {read_seconds:.1f} s.")
    return len(texts) == len(documents)


def _read_samples(endpoints: Endpoints) -> list[Document]:
    samples = sorted(truth.with_suffix("").with_suffix("") for truth in _SAMPLES.glob("*.gt.txt"))
    files = [file for sample in samples for file in _SAMPLES.glob(f"{sample.name}.*") if file.suffix != ".txt"]
    s3 = buckets.create_client(endpoints)
    submitted_documents = [upload_file(s3, upload, _TENANT, {}) for upload in plan_uploads(files, _TENANT).uploads]
    notes.print(
        f"{len(submitted_documents)} documents are uploaded. The consumers need some seconds to get their partitions."
    )
    return wait_until_ended(endpoints.database, submitted_documents, _TIMEOUT_S, lambda: None)


def _load_text(endpoints: Endpoints, document: Document) -> str:
    return load_output(endpoints, document.document, OutputFormat.TEXT).decode()


def _shorten(content: str, line_limit: int | None) -> str:
    """Return the first `line_limit` lines of a text, and a last line with the number of omitted lines, if any.

    Empty lines are removed first. If `line_limit` is None, no other line is omitted.
    """
    lines = [line for line in content.splitlines() if line.strip()]
    remainder = (
        [] if line_limit is None or len(lines) <= line_limit else [f"... and {len(lines) - line_limit} more lines"]
    )
    return "\n".join([*lines[:line_limit], *remainder])


def _build_document_table(documents: Sequence[Document], texts: dict[str, str]) -> Table:
    table = Table(title="Documents", title_justify="left", box=None, header_style="bold")
    for column in ("file", "state", "pages", "reason", "characters wrong"):
        table.add_column(column, overflow="fold")
    for document in documents:
        name = Path(document.key).name
        cells = [name, document.state, f"{document.recognized}/{document.pages or '?'}", document.reason or ""]
        if document.key in texts:
            truth = (_SAMPLES / name).with_suffix(".gt.txt").read_text("utf-8")
            cells.append(f"{compare_with_truth(truth, texts[document.key]).cer:.1%}")
        table.add_row(*map(Text, cells))
    return table


def _build_scaling_table(events: Iterable[ScalingEvent]) -> Table:
    """Return a table with a row per function: the changes of its number of replicas, in the order of time.

    Each change has its reason. The second and later changes in a row also have a time: the seconds since the first
    change in the whole table.
    """
    changes = sorted(events, key=lambda change: change.time)
    steps: defaultdict[str, list[str]] = defaultdict(list)
    for change in changes:
        seconds = change.time - changes[0].time
        delay = f" after {seconds:.1f} s" if steps[change.function] else ""
        steps[change.function].append(f"{change.before} → {change.after}{delay} ({change.reason})")
    table = Table(title="Scaling", title_justify="left", box=None, header_style="bold")
    table.add_column("function")
    table.add_column("replicas", overflow="fold")
    for name in sorted(steps):
        table.add_row(name, ", ".join(steps[name]))
    return table


if __name__ == "__main__":
    typer.run(run_demo)
