"""`pagebus dead-letters redrive`: send refused events again, unchanged, to the topics that they came from."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from time import monotonic, sleep
from typing import Annotated
from uuid import UUID

import typer
from rich.progress import track

from events.dead_letters import DeadLetter
from local.cli.dead_letters import origins, redelivery
from local.cli.dead_letters.filters import Code, Function, OfDocument, Since, Source, Type
from local.cli.dead_letters.redelivery import RedriveOptions, RedriveResult, RedriveVerdict
from local.cli.queries import dead_letters
from local.cli.queries.connection import connect
from local.cli.queries.dead_letters import DeadLetterFilter
from local.cli.shell.errors import CommandError, CommandFailedError, UsageError
from local.cli.shell.events import shorten_type
from local.cli.shell.parsing import parse_rate
from local.cli.shell.screen import JsonOption, make_printable, notes, out, print_json
from local.cli.stack import kafka, stack
from local.cli.stack.stack import Stack

# Up to this number, each dead letter gets a line and no progress bar is shown.
_MOST_LINES = 20

Letters = Annotated[
    list[str] | None, typer.Argument(metavar="LETTER", help="Ids of dead letters, or their first digits.")
]
Everything = Annotated[bool, typer.Option("--all", help="Send all dead letters again.")]
Again = Annotated[bool, typer.Option("--again", help="Include letters that were sent again and have not come back.")]
Topic = Annotated[str | None, typer.Option(help="Send to this topic, not to the one that the event came from.")]
Rate = Annotated[str | None, typer.Option(metavar="N/s", help="Send at most N events per second. [no limit]")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be sent, and send nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]


def run_redrive(  # noqa: PLR0913  # Typer needs one argument per option
    letters: Letters = None,
    *,
    of_type: Type = None,
    code: Code = None,
    source: Source = None,
    function: Function = None,
    since: Since = None,
    document: OfDocument = None,
    everything: Everything = False,
    again: Again = False,
    topic: Topic = None,
    rate: Rate = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: JsonOption = False,
) -> None:
    """Send dead letters again, unchanged, to the topics they came from."""
    wanted = DeadLetterFilter(type=of_type, code=code, source=source, function=function, since=since, document=document)
    if not letters and wanted.is_empty and not everything:
        raise UsageError("No dead letters are selected. Give ids, filters such as --function intake, or --all.")
    pause = 1 / parse_rate("--rate", rate) if rate else 0.0
    up = stack.require_stack()
    options, ids = RedriveOptions(_create_topic_finder(up, topic), again), _select_ids(up, wanted, letters or ())
    if not (letters or yes or dry_run):
        _confirm(len(ids))
    results = _preview_all(up, ids, options) if dry_run else _send_all(up, ids, options, pause)
    _print_results(results, as_json=as_json)


def _create_topic_finder(up: Stack, topic: str | None) -> Callable[[DeadLetter, str], str]:
    """Return a function that finds the topic of a dead letter.

    Raise UsageError if the given topic does not exist: a broker may create it when a record is sent to it.
    """
    if topic is None:
        return partial(origins.find_origin_topic, topics_by_url=origins.load_topics_by_url(up.record.manifests))
    if not kafka.has_topic(up.endpoints.kafka, topic):
        raise UsageError(f"--topic {topic}: this topic does not exist. `pagebus status` lists topics.")
    return lambda _letter, _refused_at: topic


def _select_ids(up: Stack, wanted: DeadLetterFilter, prefixes: Sequence[str]) -> list[UUID]:
    database = up.endpoints.database
    named = [UUID(dead_letters.find_dead_letter(database, prefix).letter) for prefix in prefixes]
    return dead_letters.select_ids(database, wanted, named or None)


def _confirm(count: int) -> None:
    """Ask for confirmation. Raise UsageError without a terminal, and CommandFailedError if the user declines."""
    if not count:
        return
    if not (sys.stdin.isatty() and notes.is_terminal):
        raise UsageError(
            f"{_count_letters(count)} would be sent. Add --yes to send without confirmation, or --dry-run to list them."
        )
    if not typer.confirm(f"Send {_count_letters(count)} again?", err=True):
        raise CommandFailedError("Nothing was sent.")


def _count_letters(count: int) -> str:
    return f"{count:,} dead letter{'' if count == 1 else 's'}"


def _preview_all(up: Stack, ids: Sequence[UUID], options: RedriveOptions) -> list[RedriveResult]:
    with connect(up.endpoints.database) as connection:
        return [redelivery.preview_redrive(connection, letter, options) for letter in ids]


def _send_all(up: Stack, ids: Sequence[UUID], options: RedriveOptions, pause: float) -> list[RedriveResult]:
    """Send each dead letter in its own transaction, so that a later failure does not undo what was recorded."""
    results: list[RedriveResult] = []
    send = kafka.create_sender(up.endpoints.kafka)
    try:
        with connect(up.endpoints.database) as connection:
            for letter in _pace(ids, pause):
                result = redelivery.redrive_letter(connection, letter, options, send)
                results.append(result)
    except (CommandError, KeyboardInterrupt):
        notes.print(f"Stopped after {len(results)} of {len(ids)}: {_summarize(results)}.")
        raise
    return results


def _pace(ids: Sequence[UUID], pause: float) -> Iterator[UUID]:
    """Yield the ids at least `pause` seconds apart, with a progress bar if there are many."""
    has_no_bar = len(ids) <= _MOST_LINES or not notes.is_terminal
    due = monotonic()
    for letter in track(ids, "sending", console=notes, transient=True, disable=has_no_bar):
        sleep(max(0.0, due - monotonic()))
        due = max(due, monotonic()) + pause
        yield letter


def _print_results(results: Sequence[RedriveResult], *, as_json: bool) -> None:
    """Print all results, or of many only those that were not sent. Raise Exit(1) if a letter could not be sent."""
    if as_json:
        print_json([asdict(result) for result in results])
    else:
        for result in results:
            if len(results) <= _MOST_LINES or result.verdict is not RedriveVerdict.SENT:
                out.print(_format_result(result), markup=False)
        notes.print(f"{_summarize(results)}." if results else "No dead letters match.")
        if any(result.verdict is RedriveVerdict.SENT for result in results):
            notes.print("An event that is refused again comes back: `pagebus dead-letters list`.")
    if any(result.verdict is RedriveVerdict.FAILED for result in results):
        raise typer.Exit(1)


def _format_result(result: RedriveResult) -> str:
    topic = f" to {result.topic}" if result.topic else ""
    why = f": {make_printable(result.why)}" if result.why else ""
    return f"{result.letter[:8]}  {make_printable(shorten_type(result.type or ''))}  {result.verdict}{topic}{why}"


def _summarize(results: Sequence[RedriveResult]) -> str:
    counts = Counter(result.verdict for result in results)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in RedriveVerdict if counts[verdict]) or "nothing sent"
