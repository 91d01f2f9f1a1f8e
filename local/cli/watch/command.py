"""`pagebus watch`: print events as they are published."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Annotated

import typer

from events.topics import DOCUMENTS, RESULTS
from local.cli.shell.events import matches_type
from local.cli.shell.parsing import parse_id_prefix
from local.cli.shell.screen import JsonOption, notes, out, print_json
from local.cli.stack import stack
from local.cli.stack.completion import complete_document_id
from local.cli.watch.record_line import render_record
from local.cli.watch.tailing import TopicTailer
from local.cli.watch.topic_record import TopicRecord

_PUBLIC_TOPICS = (DOCUMENTS, RESULTS)
_TOPIC_PREFIX = "pagebus."


def run_watch(  # noqa: PLR0913  # Typer needs one argument per option
    *,
    everything: Annotated[bool, typer.Option("--all", help="Watch the internal topics too.")] = False,
    topic: Annotated[list[str] | None, typer.Option(help="Watch only this topic; can be repeated.")] = None,
    document: Annotated[
        str | None,
        typer.Option(
            help="Only events about this document: its id, or the first digits.", autocompletion=complete_document_id
        ),
    ] = None,
    of_type: Annotated[
        str | None, typer.Option("--type", help="Only events of this type, such as page.recognized or 'page.*'.")
    ] = None,
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Start with the events that the topics contain already.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="End after this many events. [no limit]")] = None,
    as_json: JsonOption = False,
) -> None:
    """Print events as they are published."""
    is_watched, is_wanted = _select_topics(topic or (), everything=everything), _create_filter(document, of_type)
    with_topic = everything or len(topic or ()) > 1
    records = filter(is_wanted, _tail_records(is_watched, from_beginning=from_beginning))
    for record in islice(records, limit):
        if as_json:
            print_json(record.as_dict(), indent=None)
        else:
            out.print(render_record(record, with_topic=with_topic))


def _select_topics(topics: Sequence[str], *, everything: bool) -> Callable[[str], bool]:
    """Return a predicate on topic names."""
    if everything:
        return lambda name: name.startswith(_TOPIC_PREFIX) or name in topics
    return (topics or _PUBLIC_TOPICS).__contains__


def _create_filter(document: str | None, of_type: str | None) -> Callable[[TopicRecord], bool]:
    """Return a predicate on records. Raise UsageError if `document` is not the start of an id."""
    if document is not None:
        parse_id_prefix(document, kind="document", list_command="pagebus status")
    digits = (document or "").replace("-", "").lower()

    def is_wanted(record: TopicRecord) -> bool:
        is_about_document = record.find_document_id().replace("-", "").startswith(digits)
        return is_about_document and (of_type is None or matches_type(record.type, of_type))

    return is_wanted


def _tail_records(is_watched: Callable[[str], bool], *, from_beginning: bool) -> Iterator[TopicRecord]:
    """Yield records without end. If the stack restarts with another Kafka, read its topics from their beginning."""
    while True:
        servers = stack.require_stack().endpoints.kafka
        tailer = TopicTailer(servers, is_watched, _print_note)
        try:
            topics = tailer.start(from_beginning=from_beginning)
            _print_note(
                f"Watching {', '.join(topics)}. Ctrl-C ends." if topics else "The topic does not exist yet; waiting."
            )
            while not (tailer.is_disconnected and _has_moved(servers)):
                if (record := tailer.poll()) is not None:
                    yield record
        finally:
            tailer.close()
        from_beginning = True


def _has_moved(servers: str) -> bool:
    """Return whether a stack runs whose Kafka has other addresses."""
    up = stack.find_running()
    return up is not None and up.endpoints.kafka != servers


def _print_note(note: str) -> None:
    notes.print(note, markup=False, style="dim")
