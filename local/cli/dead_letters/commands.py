"""The commands `pagebus dead-letters list` and `show`, and the group `dead-letters` with its three commands."""

import json
from typing import Annotated, Any

import typer

from local.cli.dead_letters.filters import (
    CodeOption,
    DocumentOption,
    FunctionOption,
    SinceOption,
    SourceOption,
    TypeOption,
)
from local.cli.dead_letters.redrive import run_redrive
from local.cli.queries import dead_letters
from local.cli.queries.dead_letters import DeadLetterFilter, DeadLetterRow
from local.cli.shell.events import data_as_dict, extract_detail, shorten_type
from local.cli.shell.screen import JsonOption, build_table, format_time, make_printable, notes, out, print_json
from local.cli.stack import stack

_DEFAULT_LIMIT = 20
# Longer event data would fill several screens of a terminal.
_MAX_DATA_CHARACTERS = 4000


def run_list(  # noqa: PLR0913  # Typer needs one argument per option
    *,
    of_type: TypeOption = None,
    code: CodeOption = None,
    source: SourceOption = None,
    function: FunctionOption = None,
    since: SinceOption = None,
    document: DocumentOption = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help=f"Print at most this many dead letters. [default: {_DEFAULT_LIMIT}; all with --json]"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List dead letters, the newest first."""
    selection = DeadLetterFilter(
        type=of_type, code=code, source=source, function=function, since=since, document=document
    )
    database = stack.require_stack().endpoints.database
    count, rows = dead_letters.list_dead_letters(database, selection, limit or (None if as_json else _DEFAULT_LIMIT))
    if as_json:
        print_json([row.as_dict() for row in rows])
        return
    if rows:
        out.print(build_table("id arrived type function code times resent reason", map(_format_cells, rows)))
    if count > len(rows):
        notes.print(f"{len(rows)} of {count} dead letters are shown. `--limit {count}` shows all.")
    elif not count:
        notes.print("There are no dead letters." if selection.is_empty else "No dead letters match.")


def _format_cells(row: DeadLetterRow) -> list[object]:
    redeliveries = f"{row.resent}, not failed since" if row.is_out else row.resent or None
    arrived_at, event_type = format_time(row.last_at), shorten_type(row.type)
    code = row.code or "none"
    return [row.short_id, arrived_at, event_type, row.function, code, row.times, redeliveries, row.reason]


def run_show(
    dead_letter: Annotated[
        str, typer.Argument(metavar="ID", help="The id of a dead letter. Its first digits are enough.")
    ],
    *,
    as_json: JsonOption = False,
) -> None:
    """Show a dead letter: its event, and the answer of the function that refused the event."""
    database = stack.require_stack().endpoints.database
    row = dead_letters.find_dead_letter(database, dead_letter)
    event = dead_letters.load_event(database, row.letter)
    data = data_as_dict(event.pop("data"))
    if as_json:
        print_json({**row.as_dict(), **event, "time": event["time"] and event["time"].isoformat(), **data})
        return
    for name, value in _list_fields(row, event).items():
        out.print(f"{name:<13}{make_printable(str(value))}", markup=False)
    _print_data(data)


def _list_fields(row: DeadLetterRow, event: dict[str, Any]) -> dict[str, object]:
    """Return values by label, to be printed. Values that are None are left out. `event` is a result of `load_event`."""
    position = f"partition {event['kafka_partition']}, offset {event['kafka_offset']}"
    redeliveries = f"{_format_times(row.resent)}, last {row.resent_at and format_time(row.resent_at)}"
    arrivals = f"first {format_time(row.first_at)}, last {format_time(row.last_at)}"
    fields = {
        "dead letter": row.letter,
        "type": row.type,
        "id": row.id,
        "source": row.source,
        "subject": row.subject,
        "time": event["time"],
        "content type": event["datacontenttype"],
        "traceparent": event["traceparent"],
        **{name: text for name, text in event["extensions"].items() if not name.startswith("knative")},
        "refused by": f"{row.function} ({row.error_dest})",
        "answer": f"{row.code or 'none'}  {extract_detail(row.answer or '').strip()}".rstrip(),
        "arrived": f"{_format_times(row.times)}, {arrivals}",
        "position": None if event["kafka_offset"] is None else position,
        "sent again": redeliveries + (", has not failed since" if row.is_out else "") if row.resent else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _format_times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _print_data(data: dict[str, Any]) -> None:
    """Print at most 4000 characters of event data. Print JSON with indentation."""
    [(name, value)] = data.items()
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
    out.print(f"{name}:", markup=False)
    out.print(make_printable(text[:_MAX_DATA_CHARACTERS]), markup=False)
    if len(text) > _MAX_DATA_CHARACTERS:
        notes.print(f"{len(text) - _MAX_DATA_CHARACTERS:,} more characters are not shown. `--json` prints all.")


app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List, show and redeliver events that could not be delivered.",
)
app.command("list")(run_list)
app.command("show")(run_show)
app.command("redrive")(run_redrive)
