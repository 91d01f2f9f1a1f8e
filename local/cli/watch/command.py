"""The command `pagebus watch`: print events as they are published."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Annotated

import typer

from events.topics import DOCUMENTS, RESULTS
from local.cli.shell.events import is_matching_type
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
    includes_internal_topics: Annotated[
        bool, typer.Option("--all", help="Watch all topics of Pagebus, including the internal ones.")
    ] = False,
    topic: Annotated[
        list[str] | None,
        typer.Option(
            help="A topic to watch. Repeat this option for several topics. "
            "[default: pagebus.documents and pagebus.results]"
        ),
    ] = None,
    document: Annotated[
        str | None,
        typer.Option(
            help="Only events about the document with this id. The first digits are enough.",
            autocompletion=complete_document_id,
        ),
    ] = None,
    of_type: Annotated[
        str | None, typer.Option("--type", help="Only events of this type, such as page.recognized or 'page.*'.")
    ] = None,
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Start with the events that the topics already contain.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="End after this many events. [default: no limit]")] = None,
    as_json: JsonOption = False,
) -> None:
    """Print events as they are published."""
    is_watched = _select_topics(topic or (), should_include_internal=includes_internal_topics)
    is_wanted = _create_filter(document, of_type)
    with_topic = includes_internal_topics or len(topic or ()) > 1
    records = filter(is_wanted, _tail_records(is_watched, from_beginning=from_beginning))
    for record in islice(records, limit):
        if as_json:
            print_json(record.as_dict(), indent=None)
        else:
            out.print(render_record(record, with_topic=with_topic))


def _select_topics(topics: Sequence[str], *, should_include_internal: bool) -> Callable[[str], bool]:
    """Return a function that takes the name of a topic, and returns whether to watch this topic."""
    if should_include_internal:
        return lambda name: name.startswith(_TOPIC_PREFIX) or name in topics
    return (topics or _PUBLIC_TOPICS).__contains__


def _create_filter(document: str | None, type_pattern: str | None) -> Callable[[TopicRecord], bool]:
    """Return a function that takes a record, and returns whether to print the record.

    None stands for all documents or all types. Raise UsageError if `document` is not the start of an id.
    """
    if document is not None:
        parse_id_prefix(document, kind="document", list_command="pagebus status")
    digits = (document or "").replace("-", "").lower()

    def is_wanted(record: TopicRecord) -> bool:
        is_about_document = record.find_document_id().replace("-", "").startswith(digits)
        return is_about_document and (type_pattern is None or is_matching_type(record.type, type_pattern))

    return is_wanted


def _tail_records(is_watched: Callable[[str], bool], *, from_beginning: bool) -> Iterator[TopicRecord]:
    """Yield records without end. If the stack restarts with another Kafka, read that Kafka's topics from the start."""
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
    """Return whether the running stack uses another Kafka than `servers`. Return False if no stack runs."""
    running_stack = stack.find_running()
    return running_stack is not None and running_stack.endpoints.kafka != servers


def _print_note(note: str) -> None:
    notes.print(note, markup=False, style="dim")
