"""`pagebus status`: functions, topics and documents, or one document page by page."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from events.states import DocumentState
from local.cli import documents, letters, stack, twin
from local.cli import home as homes
from local.cli.documents import Document, Page
from local.cli.letters import Newest
from local.cli.screen import Json, out, print_json, printable, table

_ROWS = 20
_FUNCTION = ("name", "revision", "desired", "ready", "queue")


def status(
    document: Annotated[str | None, typer.Argument(help="A document's id, or the beginning of one.")] = None,
    *,
    state: Annotated[
        DocumentState | None,
        typer.Option(help="Only documents in this state."),
    ] = None,
    tenant: Annotated[str | None, typer.Option(help="Only this tenant's documents.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help=f"At most so many documents. [{_ROWS}; all with --json]")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show functions, topics and documents, or one document."""
    home = homes.find()
    up = stack.required(home)
    database = up.started.endpoints.database
    if document is not None:
        _show_one(database, document, as_json=as_json)
        return
    said = twin.ask(up.twin)
    listed = documents.newest(database, state=state, tenant=tenant, limit=limit or (None if as_json else _ROWS))
    overview = _overview(said, listed)
    if as_json:
        print_json(overview)
    else:
        _show(overview, listed)
        _show_trouble(said["functions"], letters.newest(database), home / "logs")


def _overview(said: Mapping[str, Any], listed: Iterable[Document]) -> dict[str, Any]:
    return {
        "functions": [{field: function[field] for field in _FUNCTION} for function in said["functions"]],
        "documents": [asdict(one) for one in listed],
        "topics": _lags(said["sources"]),
    }


def _lags(sources: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events that wait, per topic, over all groups that read it."""
    lags: Counter[str] = Counter()
    for source in sources:
        lags[source["topic"]] += source["lag"] or 0
    return [{"name": name, "lag": lag} for name, lag in sorted(lags.items())]


def _show(overview: dict[str, Any], listed: Sequence[Document]) -> None:
    out.print(table("function revision desired ready queue", (row.values() for row in overview["functions"])))
    out.print(table("topic lag", (row.values() for row in overview["topics"])))
    out.print(document_table(listed) if listed else "No documents. `pagebus submit FILE --wait` reads one.")


def _show_trouble(functions: Iterable[Mapping[str, Any]], letter: Newest | None, logs: Path) -> None:
    failing = {function["name"]: function["failing"] for function in functions if function["failing"]}
    for name, why in failing.items():
        out.print(f"{name}  {printable(why)}", style="red", markup=False)
    if failing:
        out.print(f"Logs are in {logs}.", markup=False)
    if letter is not None:
        out.print(f"dead letters  {letter.letters}  newest: {printable(str(letter))}", markup=False)


def document_table(listed: Iterable[Document]) -> Table:
    """A row per document, under an id short enough for a terminal and long enough for `pagebus text`."""
    return table("document tenant key state pages failed reason", (_columns(one) for one in listed))


def _columns(one: Document) -> list[object]:
    pages = f"{one.recognized}/{one.pages or '?'}"
    return [one.short, one.tenant, one.key, one.state, pages, one.failed or None, one.reason]


def _show_one(database: str, prefix: str, *, as_json: bool) -> None:
    document = documents.find(database, prefix)
    pages = documents.pages(database, document.document)
    message = documents.message(database, document.document)
    if as_json:
        print_json({"document": asdict(document), "message": message, "pages": [asdict(page) for page in pages]})
        return
    out.print(document.document)
    out.print(document_table([document]))
    if message:
        out.print(printable(message), markup=False)
    out.print(table("page state engine confidence seconds reason", (_cells(page) for page in pages)))


def _cells(page: Page) -> list[object]:
    confidence = None if page.confidence is None else f"{page.confidence:.0%}"
    seconds = None if page.seconds is None else f"{page.seconds:.2f}"
    return [page.page, page.state, page.engine, confidence, seconds, page.reason]
