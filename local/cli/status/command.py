"""The command `pagebus status`: print functions, topics and documents, or the pages of one document."""

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
#: The end of the help. Typer keeps the line breaks of a paragraph that starts with a backspace (\\b).
COLUMNS_HELP = """\
\b
Columns of functions (retry, dead and lost are counts since `pagebus up`):
  rev         number of the newest revision
  state       asleep: no replica; waking: a replica starts; awake: a replica
              is ready; panic: scales up fast after many requests; failing
  ready       ready replicas / desired replicas
  queue       requests that wait for a replica
  flight      requests in progress
  lag         events in Kafka that the function has not processed yet
  retry       repeated deliveries
  dead        events that became dead letters
  lost        events that were lost; the reconciler restores them

\b
Columns of documents:
  pages       recognized pages / all pages
  age         time since the first event about the document
  moved       time since the last change of state
  reason      reason code, or numbers of failed and low-confidence pages

\b
Columns of the pages of one document:
  engine      engine of the result, or all engines of the route
  confidence  expected share of correct characters
  seconds     time of all engines that read the page
  attempts    number of requests to read the page
  why         why this engine or this route was chosen
  reason      why the page failed
"""


def run_status(  # noqa: PLR0913  # Typer needs one argument per option
    document: Annotated[
        str | None,
        typer.Argument(
            help="The id of a document, to show its pages. The first digits are enough.",
            autocompletion=complete_document_id,
        ),
    ] = None,
    *,
    state: Annotated[DocumentState | None, typer.Option(help="Only documents in this state.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Only documents of this tenant.")] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            help=f"List at most this many documents. "
            f"[default: {_DEFAULT_LIMIT}; {_DEFAULT_LIMIT_WATCHED} with --watch; all with --json]",
        ),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Show the changes until Ctrl-C.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show functions, topics and documents, or one document."""
    default_limit = _DEFAULT_LIMIT_WATCHED if watch else None if as_json else _DEFAULT_LIMIT
    document_filter = DocumentFilter(state, tenant, limit or default_limit)

    def take_snapshot() -> Snapshot:
        return _take_overview(document_filter) if document is None else _take_details(document)

    if watch:
        live.show_changes(take_snapshot, as_json=as_json)
    elif as_json:
        print_json(take_snapshot().data)
    else:
        for part in take_snapshot().renderables:
            out.print(part)


def _take_overview(document_filter: DocumentFilter) -> Snapshot:
    running_stack = stack.require_stack()
    overview_data = overview.load_overview(running_stack, document_filter)
    return Snapshot(overview_data.as_dict(), list(overview_data.render(running_stack.home / "logs")))


def _take_details(document: str) -> Snapshot:
    details = document_details.load_details(stack.require_stack(), document)
    return Snapshot(details.as_dict(), list(details.render()), is_final=details.document.has_ended)
