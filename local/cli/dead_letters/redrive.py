"""`pagebus dead-letters redrive`: what nobody took is sent again, as it came, to where it came from."""

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

from events.letters import Letter
from local.cli import durations, kafka, stack
from local.cli import home as homes
from local.cli.database import connection
from local.cli.dead_letters import letterbox, origins, sending
from local.cli.dead_letters.filters import Code, Function, OfDocument, Since, Source, Type
from local.cli.dead_letters.letterbox import Meant
from local.cli.dead_letters.sending import Done, Verdict, Way
from local.cli.errors import CommandError, Failed, Impossible
from local.cli.names import short
from local.cli.screen import Json, notes, out, print_json, printable
from local.cli.stack import Stack

_FEW = 20

Letters = Annotated[list[str] | None, typer.Argument(metavar="LETTER", help="Ids of letters, or their beginnings.")]
Everything = Annotated[bool, typer.Option("--all", help="All of them.")]
Again = Annotated[bool, typer.Option("--again", help="Also what was sent and has not come back.")]
Topic = Annotated[str | None, typer.Option(help="Send to this topic instead of where it came from.")]
Rate = Annotated[str | None, typer.Option(metavar="N/s", help="At most so many in a second.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def redrive(  # noqa: PLR0913  # one argument per flag
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
    as_json: Json = False,
) -> None:
    """Send dead letters again, as they came, to the topics that they came from."""
    meant = Meant(type=of_type, code=code, source=source, function=function, since=since, document=document)
    if not (letters or meant.anything or everything):
        raise Impossible("Say which: ids, filters such as --function intake, or --all.")
    pause = 1 / durations.per_second("--rate", rate) if rate else 0.0
    up = stack.required(homes.find())
    way, chosen = Way(_origin(up, topic), again), _chosen(up, meant, letters or ())
    if not (letters or yes or dry_run):
        _confirm(len(chosen))
    _tell(_rehearsed(up, chosen, way) if dry_run else _sent(up, chosen, way, pause), as_json=as_json)


def _origin(up: Stack, topic: str | None) -> Callable[[Letter, str], str]:
    """Raises Impossible for a topic that is not there, which a broker might make."""
    if topic is None:
        return partial(origins.origin, known=origins.running_feeds(up.started.manifests))
    if not kafka.has_topic(up.started.endpoints.kafka, topic):
        raise Impossible(f"--topic {topic}: there is no such topic. `pagebus status` lists those that functions read.")
    return lambda _letter, _refused_at: topic


def _chosen(up: Stack, meant: Meant, prefixes: Sequence[str]) -> list[UUID]:
    database = up.started.endpoints.database
    named = [UUID(letterbox.find(database, prefix).letter) for prefix in prefixes]
    return letterbox.chosen(database, meant, named or None)


def _confirm(count: int) -> None:
    """Raises Impossible where nobody can be asked, Failed where somebody says no."""
    if not count:
        return
    if not (sys.stdin.isatty() and notes.is_terminal):
        raise Impossible(f"{_letters(count)} would be sent. Say --yes to do it, --dry-run to see which.")
    if not typer.confirm(f"Send {_letters(count)} again?", err=True):
        raise Failed("Nothing was sent.")


def _letters(count: int) -> str:
    return f"{count:,} dead letter{'' if count == 1 else 's'}"


def _rehearsed(up: Stack, chosen: Sequence[UUID], way: Way) -> list[Done]:
    with connection(up.started.endpoints.database) as connected:
        return [sending.rehearse(connected, letter, way) for letter in chosen]


def _sent(up: Stack, chosen: Sequence[UUID], way: Way, pause: float) -> list[Done]:
    """Each in a transaction of its own, so that what was sent stays sent, whatever comes then."""
    done: list[Done] = []
    send = kafka.sending(up.started.endpoints.kafka)
    try:
        with connection(up.started.endpoints.database) as connected:
            for letter in _paced(chosen, pause):
                done.append(sending.redrive(connected, letter, way, send))  # noqa: PERF401  # told as far as it came
    except (CommandError, KeyboardInterrupt):
        notes.print(f"Stopped after {len(done)} of {len(chosen)}: {_summary(done)}.")
        raise
    return done


def _paced(chosen: Sequence[UUID], pause: float) -> Iterator[UUID]:
    """One after the other, no two within `pause` seconds; many with a bar."""
    hidden = len(chosen) <= _FEW or not notes.is_terminal
    due = monotonic()
    for letter in track(chosen, "sending", console=notes, transient=True, disable=hidden):
        sleep(max(0.0, due - monotonic()))
        due = max(due, monotonic()) + pause
        yield letter


def _tell(done: Sequence[Done], *, as_json: bool) -> None:
    """Every letter of few; of many, those that were not sent. Raises Exit where some could not be sent."""
    if as_json:
        print_json([asdict(one) for one in done])
    else:
        for one in done:
            if len(done) <= _FEW or one.verdict is not Verdict.SENT:
                out.print(_line(one), markup=False)
        notes.print(f"{_summary(done)}." if done else "No such dead letters.")
        if any(one.verdict is Verdict.SENT for one in done):
            notes.print("What is refused again comes back: `pagebus dead-letters list`.")
    if any(one.verdict is Verdict.FAILED for one in done):
        raise typer.Exit(1)


def _line(one: Done) -> str:
    where = f" to {one.topic}" if one.topic else ""
    why = f": {printable(one.why)}" if one.why else ""
    return f"{one.letter[:8]}  {printable(short(one.type or ''))}  {one.verdict}{where}{why}"


def _summary(done: Sequence[Done]) -> str:
    counted = Counter(one.verdict for one in done)
    return ", ".join(f"{counted[verdict]} {verdict}" for verdict in Verdict if counted[verdict]) or "nothing sent"
