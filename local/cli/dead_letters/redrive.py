"""The command `pagebus dead-letters redrive`: send events again, unchanged, to their original topics."""

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
from local.cli.dead_letters.filters import (
    CodeOption,
    DocumentOption,
    FunctionOption,
    SinceOption,
    SourceOption,
    TypeOption,
)
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

# Up to this number of dead letters, each result is printed. With more of them, a progress bar shows how many are sent.
_MAX_RESULT_LINES = 20

DeadLettersArgument = Annotated[
    list[str] | None, typer.Argument(metavar="ID", help="Ids of dead letters. The first digits of each id are enough.")
]
AllOption = Annotated[bool, typer.Option("--all", help="Send every dead letter again.")]
AgainOption = Annotated[
    bool, typer.Option("--again", help="Also send dead letters that were already sent again and have not failed since.")
]
TopicOption = Annotated[
    str | None, typer.Option(help="Send the events to this topic. [default: the original topic of each event]")
]
RateOption = Annotated[
    str | None, typer.Option(metavar="N/s", help="Send at most N events per second. [default: no limit]")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="List the events that would be sent, and send nothing.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]


def run_redrive(  # noqa: PLR0913  # Typer needs one argument per option
    prefixes: DeadLettersArgument = None,
    *,
    of_type: TypeOption = None,
    code: CodeOption = None,
    source: SourceOption = None,
    function: FunctionOption = None,
    since: SinceOption = None,
    document: DocumentOption = None,
    selects_all: AllOption = False,
    again: AgainOption = False,
    topic: TopicOption = None,
    rate: RateOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Send dead letters again, unchanged, to their original topics."""
    selection = DeadLetterFilter(
        type=of_type, code=code, source=source, function=function, since=since, document=document
    )
    if not prefixes and selection.is_empty and not selects_all:
        raise UsageError("No dead letters are selected. Add ids, filters such as --function intake, or --all.")
    pause = 1 / parse_rate("--rate", rate) if rate else 0.0
    running_stack = stack.require_stack()
    options = RedriveOptions(_create_topic_finder(running_stack, topic), again)
    ids = _select_ids(running_stack, selection, prefixes or ())
    if not (prefixes or yes or dry_run):
        _confirm(len(ids))
    results = _preview_all(running_stack, ids, options) if dry_run else _send_all(running_stack, ids, options, pause)
    _print_results(results, as_json=as_json)


def _create_topic_finder(running_stack: Stack, topic: str | None) -> Callable[[DeadLetter, str], str]:
    """Return a function that returns the topic for a dead letter: `topic`, or the original topic if `topic` is None.

    Raise UsageError if `topic` does not exist, because a broker may create a misspelt topic when it gets a record.
    """
    if topic is None:
        return partial(
            origins.find_origin_topic, topics_by_url=origins.load_topics_by_url(running_stack.record.manifests)
        )
    if not kafka.has_topic(running_stack.endpoints.kafka, topic):
        raise UsageError(f"--topic {topic}: this topic does not exist. `pagebus status` lists topics.")
    return lambda _letter, _refused_at: topic


def _select_ids(running_stack: Stack, selection: DeadLetterFilter, prefixes: Sequence[str]) -> list[UUID]:
    database = running_stack.endpoints.database
    named_ids = [UUID(dead_letters.find_dead_letter(database, prefix).letter) for prefix in prefixes]
    return dead_letters.select_ids(database, selection, named_ids or None)


def _confirm(count: int) -> None:
    """Ask the user whether to send `count` dead letters. Do not ask if `count` is 0.

    Raise UsageError if there is no terminal, and CommandFailedError if the user declines.
    """
    if not count:
        return
    if not (sys.stdin.isatty() and notes.is_terminal):
        raise UsageError(
            f"{_format_count(count)} would be sent. Add --yes to send without confirmation, or --dry-run to list them."
        )
    if not typer.confirm(f"Send {_format_count(count)} again?", err=True):
        raise CommandFailedError("Nothing was sent.")


def _format_count(count: int) -> str:
    return f"{count:,} dead letter{'' if count == 1 else 's'}"


def _preview_all(running_stack: Stack, ids: Sequence[UUID], options: RedriveOptions) -> list[RedriveResult]:
    with connect(running_stack.endpoints.database) as connection:
        return [redelivery.preview_redrive(connection, dead_letter_id, options) for dead_letter_id in ids]


def _send_all(running_stack: Stack, ids: Sequence[UUID], options: RedriveOptions, pause: float) -> list[RedriveResult]:
    """Send the dead letters with `pause` seconds between them, each in its own transaction.

    A later failure then does not undo the records of earlier redeliveries. Raise CommandError if a redelivery fails.
    """
    results: list[RedriveResult] = []
    send = kafka.create_sender(running_stack.endpoints.kafka)
    try:
        with connect(running_stack.endpoints.database) as connection:
            for dead_letter_id in _yield_at_rate(ids, pause):
                result = redelivery.redrive_letter(connection, dead_letter_id, options, send)
                results.append(result)
    except (CommandError, KeyboardInterrupt):
        notes.print(f"Stopped after {len(results)} of {len(ids)}: {_format_verdict_counts(results)}.")
        raise
    return results


def _yield_at_rate(ids: Sequence[UUID], pause: float) -> Iterator[UUID]:
    """Yield the ids at least `pause` seconds apart, with a progress bar if there are many."""
    has_no_bar = len(ids) <= _MAX_RESULT_LINES or not notes.is_terminal
    due = monotonic()
    for dead_letter_id in track(ids, "sending", console=notes, transient=True, disable=has_no_bar):
        sleep(max(0.0, due - monotonic()))
        due = max(due, monotonic()) + pause
        yield dead_letter_id


def _print_results(results: Sequence[RedriveResult], *, as_json: bool) -> None:
    """Print the results. If there are more than 20, print only those of dead letters that were not sent.

    Raise Exit(1) if a dead letter could not be sent.
    """
    if as_json:
        print_json([asdict(result) for result in results])
    else:
        for result in results:
            if len(results) <= _MAX_RESULT_LINES or result.verdict is not RedriveVerdict.SENT:
                out.print(_format_result(result), markup=False)
        notes.print(f"{_format_verdict_counts(results)}." if results else "No dead letters match.")
        if any(result.verdict is RedriveVerdict.SENT for result in results):
            notes.print("An event that fails again becomes a dead letter again: `pagebus dead-letters list` shows it.")
    if any(result.verdict is RedriveVerdict.FAILED for result in results):
        raise typer.Exit(1)


def _format_result(result: RedriveResult) -> str:
    topic = f" to {result.topic}" if result.topic else ""
    why = f": {make_printable(result.why)}" if result.why else ""
    return f"{result.letter[:8]}  {make_printable(shorten_type(result.type or ''))}  {result.verdict}{topic}{why}"


def _format_verdict_counts(results: Sequence[RedriveResult]) -> str:
    counts = Counter(result.verdict for result in results)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in RedriveVerdict if counts[verdict]) or "nothing sent"
