"""`pagebus watch`: events as they pass."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from events.topics import DOCUMENTS, RESULTS
from local.cli import home as homes
from local.cli import stack
from local.cli.completion import document_ids
from local.cli.lines import line
from local.cli.names import id_range, is_of
from local.cli.passed import Passed
from local.cli.passing import Onlooker
from local.cli.screen import Json, notes, out, print_json

_PUBLIC = (DOCUMENTS, RESULTS)
_OURS = "pagebus."


def watch(  # noqa: PLR0913  # one argument per flag
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also the internal topics.")] = False,
    topic: Annotated[list[str] | None, typer.Option(help="Only this topic; several are possible.")] = None,
    document: Annotated[
        str | None, typer.Option(help="Only this document: its id, or the beginning.", autocompletion=document_ids)
    ] = None,
    of_type: Annotated[
        str | None, typer.Option("--type", help="Only these events, such as page.recognized or 'page.*'.")
    ] = None,
    from_beginning: Annotated[bool, typer.Option("--from-beginning", help="Also what is there already.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="End after so many events.")] = None,
    as_json: Json = False,
) -> None:
    """Show events as they pass."""
    wanted, is_meant = _wanted(topic or (), everything=everything), _filter(document, of_type)
    several = everything or len(topic or ()) > 1
    for passed in islice(filter(is_meant, _passing(homes.find(), wanted, from_beginning=from_beginning)), limit):
        if as_json:
            print_json(passed.told(), indent=None)
        else:
            out.print(line(passed, with_topic=several))


def _wanted(topics: Sequence[str], *, everything: bool) -> Callable[[str], bool]:
    if everything:
        return lambda name: name.startswith(_OURS) or name in topics
    return (topics or _PUBLIC).__contains__


def _filter(document: str | None, of_type: str | None) -> Callable[[Passed], bool]:
    """Raises Impossible for what is no beginning of an id."""
    if document is not None:
        id_range(document, what="document", where="pagebus status")
    digits = (document or "").replace("-", "").lower()
    return lambda passed: (
        passed.document().replace("-", "").startswith(digits) and (of_type is None or is_of(passed.type, of_type))
    )


def _passing(home: Path, wanted: Callable[[str], bool], *, from_beginning: bool) -> Iterator[Passed]:
    """Without end; where it was brought up anew, everything is new."""
    while True:
        servers = stack.required(home).started.endpoints.kafka
        onlooker = Onlooker(servers, wanted, _tell)
        try:
            topics = onlooker.begin(from_beginning=from_beginning)
            _tell(f"Watching {', '.join(topics)}. Ctrl-C ends." if topics else "No such topic yet; waiting for it.")
            while not (onlooker.away and _is_elsewhere(home, servers)):
                if (passed := onlooker.next()) is not None:
                    yield passed
        finally:
            onlooker.close()
        from_beginning = True


def _is_elsewhere(home: Path, servers: str) -> bool:
    up = stack.running(home)
    return up is not None and up.started.endpoints.kafka != servers


def _tell(note: str) -> None:
    notes.print(note, markup=False, style="dim")
