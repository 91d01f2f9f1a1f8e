"""`pagebus status`: functions, topics and documents, or one document page by page; once, or at each change."""

from typing import Annotated

import typer

from events.states import DocumentState
from local.cli.shell.screen import JsonOption, out, print_json
from local.cli.stack import stack
from local.cli.stack.completion import complete_document_id
from local.cli.status import document_details, live, overview
from local.cli.status.live import Snapshot
from local.cli.status.overview import DocumentFilter

_DEFAULT_LIMIT = 20
_DEFAULT_LIMIT_WATCHED = 10


def run_status(  # noqa: PLR0913  # Typer needs one argument per option
    document: Annotated[
        str | None,
        typer.Argument(help="A document's id, or its first digits.", autocompletion=complete_document_id),
    ] = None,
    *,
    state: Annotated[DocumentState | None, typer.Option(help="Only documents in this state.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Only documents of this tenant.")] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            help=f"List at most this many documents. "
            f"[{_DEFAULT_LIMIT}; {_DEFAULT_LIMIT_WATCHED} with --watch; all with --json]",
        ),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Show each change until Ctrl-C.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show functions, topics and documents, or one document."""
    default_limit = _DEFAULT_LIMIT_WATCHED if watch else None if as_json else _DEFAULT_LIMIT
    wanted = DocumentFilter(state, tenant, limit or default_limit)

    def take_snapshot() -> Snapshot:
        return _take_overview(wanted) if document is None else _take_details(document)

    if watch:
        live.follow(take_snapshot, as_json=as_json)
    elif as_json:
        print_json(take_snapshot().data)
    else:
        for part in take_snapshot().renderables:
            out.print(part)


def _take_overview(wanted: DocumentFilter) -> Snapshot:
    up = stack.require_stack()
    current = overview.load_overview(up, wanted)
    return Snapshot(current.as_dict(), list(current.render(up.home / "logs")))


def _take_details(document: str) -> Snapshot:
    details = document_details.load_details(stack.require_stack(), document)
    return Snapshot(details.as_dict(), list(details.render()), is_final=details.document.has_ended)
