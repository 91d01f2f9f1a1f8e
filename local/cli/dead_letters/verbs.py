"""`pagebus dead-letters list` and `show`, and all its verbs together."""

import json
from typing import Annotated, Any

import typer

from local.cli import home as homes
from local.cli import stack
from local.cli.dead_letters import letterbox
from local.cli.dead_letters.filters import Code, Function, OfDocument, Since, Source, Type
from local.cli.dead_letters.letterbox import Kept, Meant
from local.cli.dead_letters.redrive import redrive
from local.cli.letters import detail
from local.cli.names import short
from local.cli.passed import told_data
from local.cli.screen import Json, clock, notes, out, print_json, printable, table

_ROWS = 20
_LONGEST_DATA = 4000


def list_letters(  # noqa: PLR0913  # one argument per flag
    *,
    of_type: Type = None,
    code: Code = None,
    source: Source = None,
    function: Function = None,
    since: Since = None,
    document: OfDocument = None,
    limit: Annotated[int | None, typer.Option(min=1, help=f"At most so many. [{_ROWS}; all with --json]")] = None,
    as_json: Json = False,
) -> None:
    """List dead letters, the newest first."""
    meant = Meant(type=of_type, code=code, source=source, function=function, since=since, document=document)
    database = stack.required(homes.find()).started.endpoints.database
    count, listed = letterbox.listed(database, meant, limit or (None if as_json else _ROWS))
    if as_json:
        print_json([letter.told() for letter in listed])
        return
    if listed:
        out.print(table("letter came type function code times resent reason", map(_cells, listed)))
    if count > len(listed):
        notes.print(f"{len(listed)} of {count}; --limit shows more.")
    elif not count:
        notes.print("No such dead letters." if meant.anything else "No dead letters.")


def _cells(kept: Kept) -> list[object]:
    resent = f"{kept.resent}, out" if kept.is_out else kept.resent or None
    code = kept.code or "none"
    return [kept.short, clock(kept.last_at), short(kept.type), kept.function, code, kept.times, resent, kept.reason]


def show(
    letter: Annotated[str, typer.Argument(help="A letter's id, or the beginning of one.")], *, as_json: Json = False
) -> None:
    """Show all that is known of a dead letter."""
    database = stack.required(homes.find()).started.endpoints.database
    kept = letterbox.find(database, letter)
    said = letterbox.said(database, kept.letter)
    data = told_data(said.pop("data"))
    if as_json:
        print_json({**kept.told(), **said, "time": said["time"] and said["time"].isoformat(), **data})
        return
    for name, value in _facts(kept, said).items():
        out.print(f"{name:<13}{printable(str(value))}", markup=False)
    _show_data(data)


def _facts(kept: Kept, said: dict[str, Any]) -> dict[str, object]:
    """What there is to say, under the names that it has for people."""
    place = f"partition {said['kafka_partition']}, offset {said['kafka_offset']}"
    again = f"{_times(kept.resent)}, last {kept.resent_at and clock(kept.resent_at)}"
    facts = {
        "letter": kept.letter,
        "type": kept.type,
        "id": kept.id,
        "source": kept.source,
        "subject": kept.subject,
        "time": said["time"],
        "content type": said["datacontenttype"],
        "traceparent": said["traceparent"],
        **{name: text for name, text in said["extensions"].items() if not name.startswith("knative")},
        "refused by": f"{kept.function} ({kept.error_dest})",
        "answer": f"{kept.code or 'none'}  {detail(kept.answer or '').strip()}".rstrip(),
        "came": f"{_times(kept.times)}, first {clock(kept.first_at)}, last {clock(kept.last_at)}",
        "place": None if said["kafka_offset"] is None else place,
        "sent again": again + (", has not come back" if kept.is_out else "") if kept.resent else None,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _show_data(data: dict[str, Any]) -> None:
    """JSON indented, bounded like anything that is shown."""
    [(member, value)] = data.items()
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
    out.print(f"{member}:", markup=False)
    out.print(printable(text[:_LONGEST_DATA]), markup=False)
    if len(text) > _LONGEST_DATA:
        notes.print(f"{len(text) - _LONGEST_DATA:,} characters more; --json shows all.")


app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List, look at and send again what nobody took.")
app.command("list")(list_letters)
app.command()(show)
app.command()(redrive)
