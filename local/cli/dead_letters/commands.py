"""`pagebus dead-letters list` and `show`, and the group of all its commands."""

import json
from typing import Annotated, Any

import typer

from local.cli.dead_letters.filters import Code, Function, OfDocument, Since, Source, Type
from local.cli.dead_letters.redrive import run_redrive
from local.cli.queries import dead_letters
from local.cli.queries.dead_letters import DeadLetterFilter, DeadLetterRow
from local.cli.shell.events import data_as_dict, extract_detail, shorten_type
from local.cli.shell.screen import JsonOption, build_table, format_time, make_printable, notes, out, print_json
from local.cli.stack import stack

_DEFAULT_LIMIT = 20
# In characters, for a terminal.
_LONGEST_DATA = 4000


def run_list(  # noqa: PLR0913  # Typer needs one argument per option
    *,
    of_type: Type = None,
    code: Code = None,
    source: Source = None,
    function: Function = None,
    since: Since = None,
    document: OfDocument = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help=f"Print at most this many. [{_DEFAULT_LIMIT}; all with --json]")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List dead letters, the newest first."""
    wanted = DeadLetterFilter(type=of_type, code=code, source=source, function=function, since=since, document=document)
    database = stack.require_stack().endpoints.database
    count, letters = dead_letters.list_dead_letters(database, wanted, limit or (None if as_json else _DEFAULT_LIMIT))
    if as_json:
        print_json([letter.as_dict() for letter in letters])
        return
    if letters:
        out.print(build_table("letter came type function code times resent reason", map(_format_cells, letters)))
    if count > len(letters):
        notes.print(f"{len(letters)} of {count} dead letters are shown. `--limit {count}` shows all.")
    elif not count:
        notes.print("There are no dead letters." if wanted.is_empty else "No dead letters match.")


def _format_cells(letter: DeadLetterRow) -> list[object]:
    resent = f"{letter.resent}, not back" if letter.is_out else letter.resent or None
    came, event_type = format_time(letter.last_at), shorten_type(letter.type)
    code = letter.code or "none"
    return [letter.short_id, came, event_type, letter.function, code, letter.times, resent, letter.reason]


def run_show(
    letter: Annotated[str, typer.Argument(help="A dead letter's id, or its first digits.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Show a dead letter with its event and the answer of the function."""
    database = stack.require_stack().endpoints.database
    row = dead_letters.find_dead_letter(database, letter)
    event = dead_letters.load_event(database, row.letter)
    data = data_as_dict(event.pop("data"))
    if as_json:
        print_json({**row.as_dict(), **event, "time": event["time"] and event["time"].isoformat(), **data})
        return
    for name, value in _list_fields(row, event).items():
        out.print(f"{name:<13}{make_printable(str(value))}", markup=False)
    _print_data(data)


def _list_fields(letter: DeadLetterRow, event: dict[str, Any]) -> dict[str, object]:
    """Return the fields that have a value, by label."""
    place = f"partition {event['kafka_partition']}, offset {event['kafka_offset']}"
    resent = f"{_format_times(letter.resent)}, last {letter.resent_at and format_time(letter.resent_at)}"
    came = f"first {format_time(letter.first_at)}, last {format_time(letter.last_at)}"
    fields = {
        "letter": letter.letter,
        "type": letter.type,
        "id": letter.id,
        "source": letter.source,
        "subject": letter.subject,
        "time": event["time"],
        "content type": event["datacontenttype"],
        "traceparent": event["traceparent"],
        **{name: text for name, text in event["extensions"].items() if not name.startswith("knative")},
        "refused by": f"{letter.function} ({letter.error_dest})",
        "answer": f"{letter.code or 'none'}  {extract_detail(letter.answer or '').strip()}".rstrip(),
        "came": f"{_format_times(letter.times)}, {came}",
        "place": None if event["kafka_offset"] is None else place,
        "sent again": resent + (", has not come back" if letter.is_out else "") if letter.resent else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _format_times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _print_data(data: dict[str, Any]) -> None:
    """Print event data, JSON with indentation, and at most 4000 characters."""
    [(name, value)] = data.items()
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
    out.print(f"{name}:", markup=False)
    out.print(make_printable(text[:_LONGEST_DATA]), markup=False)
    if len(text) > _LONGEST_DATA:
        notes.print(f"{len(text) - _LONGEST_DATA:,} more characters are not shown. `--json` prints all.")


app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List, show and send again events that no function accepted.",
)
app.command("list")(run_list)
app.command("show")(run_show)
app.command("redrive")(run_redrive)
