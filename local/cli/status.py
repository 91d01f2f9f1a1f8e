"""`pagebus status`: functions, topics and documents, or one document page by page; once, or as it changes."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from events.states import DocumentState
from local.cli import home as homes
from local.cli import live, overview, stack, story
from local.cli.completion import document_ids
from local.cli.live import Snapshot
from local.cli.overview import Listing
from local.cli.screen import Json, out, print_json

_ROWS = 20
_ROWS_LIVE = 10


def status(  # noqa: PLR0913  # one argument per flag
    document: Annotated[
        str | None, typer.Argument(help="A document's id, or the beginning of one.", autocompletion=document_ids)
    ] = None,
    *,
    state: Annotated[DocumentState | None, typer.Option(help="Only documents in this state.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Only this tenant's documents.")] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help=f"At most so many documents. [{_ROWS}; {_ROWS_LIVE} with --watch; all with --json]"),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Go on showing it as it changes.")] = False,
    as_json: Json = False,
) -> None:
    """Show functions, topics and documents, or one document."""
    home = homes.find()
    if document is not None:
        look = _story(home, document)
    else:
        rows = _ROWS_LIVE if watch else None if as_json else _ROWS
        look = _overview(home, Listing(state, tenant, limit or rows))
    if watch:
        live.follow(look, as_json=as_json)
    elif as_json:
        print_json(look().told)
    else:
        for part in look().shown:
            out.print(part)


def _overview(home: Path, listing: Listing) -> Callable[[], Snapshot]:
    def look() -> Snapshot:
        now = overview.look(stack.required(home), listing)
        return Snapshot(now.told(), list(now.shown(home / "logs")))

    return look


def _story(home: Path, document: str) -> Callable[[], Snapshot]:
    def look() -> Snapshot:
        now = story.look(stack.required(home), document)
        return Snapshot(now.told(), list(now.shown()), over=now.document.ended)

    return look
