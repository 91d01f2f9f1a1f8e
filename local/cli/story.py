"""One document page by page: what became of it, and what it waits for."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from events.states import PageState
from local.cli import documents, twin
from local.cli.awaited import Awaited, awaited, ranges, standing
from local.cli.dead_letters import letterbox
from local.cli.dead_letters.letterbox import Kept
from local.cli.documents import Course, Document, Page
from local.cli.durations import roughly
from local.cli.explanations import afresh
from local.cli.names import short
from local.cli.overview import document_table
from local.cli.screen import clock, printable, table
from local.cli.stack import Stack

_LETTERS = 10


@dataclass(frozen=True)
class Story:
    """At one moment. `functions` are what the twin says of those that it runs, by name."""

    document: Document
    course: Course
    pages: Sequence[Page]
    awaited: Sequence[Awaited]
    letters: Sequence[Kept]
    functions: Mapping[str, Mapping[str, Any]]

    def told(self) -> dict[str, Any]:
        """All of it, for programs."""
        return {
            "document": asdict(self.document),
            "message": self.course.message,
            "min_confidence": self.course.wanted,
            "pages": [asdict(page) for page in self.pages],
            "times": {
                name: _iso(getattr(self.course, f"{name}_at")) for name in ("created", "accepted", "moved", "ended")
            },
            "waits_for": [
                {
                    **asdict(one),
                    "since": _iso(one.since),
                    "asked_at": _iso(one.asked_at),
                    "state": self._standing(one.function),
                }
                for one in self.awaited
            ],
            "dead_letters": [letter.told() for letter in self.letters],
        }

    def shown(self) -> Iterator[RenderableType]:
        """All of it, for people; what matters most is last, where the cursor is."""
        yield Text(self.document.document)
        yield document_table([self.document])
        if self.course.message:
            yield Text(" ".join(filter(None, (printable(self.course.message), afresh(self.document)))))
        if self.pages:
            yield table("page state engine confidence seconds attempts why reason", map(_cells, self.pages))
        yield from map(_letter, self.letters)
        if unsure := [page for page in self.pages if page.unsure]:
            yield Text(_below(unsure, self.course.wanted), style="yellow")
        if failed := [page for page in self.pages if page.state == PageState.FAILED]:
            yield Text(_failures(failed, self.document.pages), style="red")
        yield from map(self._waiting, self.awaited)

    def _waiting(self, one: Awaited) -> Text:
        pages = f": {_named(one.pages)}," if one.pages else ","
        since = f" since {clock(one.since)} ({roughly((datetime.now(UTC) - one.since).total_seconds())})"
        asked = f", asked {one.asked} times, last at {clock(one.asked_at)}" if one.asked > 1 else ""
        after = f"; then {', '.join(one.then)} where it is not sure enough" if one.then else ""
        return Text(f"Waits for {one.function}{pages}{since}{asked}{after}. {self._now(one.function)}", style="yellow")

    def _now(self, name: str) -> str:
        """How the function is that is waited for."""
        if (function := self.functions.get(name)) is None:
            return f"No {name} runs here."
        if function.get("failing"):
            return f"It {printable(function['failing'])}."
        return f"It is {standing(function)}: {function['ready']} replicas, {function['queue']} requests in its queue."

    def _standing(self, name: str) -> str | None:
        function = self.functions.get(name)
        return None if function is None else standing(function)


def look(up: Stack, prefix: str) -> Story:
    """Raises Failed for a document that nobody knows, and when the twin or PostgreSQL does not answer."""
    database = up.started.endpoints.database
    document = documents.find(database, prefix)
    course, pages = documents.course(database, document.document), documents.pages(database, document.document)
    unread = [page.page for page in pages if page.state != PageState.RECOGNIZED]
    functions = {function["name"]: function for function in twin.ask(up.twin)["functions"]}
    letters = letterbox.about(database, document.document, unread, _LETTERS)
    return Story(document, course, pages, awaited(document, course, pages), letters, functions)


def _cells(page: Page) -> list[object]:
    confidence = None if page.confidence is None else f"{page.confidence:.0%}"
    seconds = None if page.seconds is None else f"{page.seconds:.2f}"
    engine = page.engine or " → ".join(page.route)
    reason = ": ".join(part for part in (page.reason, page.message) if part)
    return [page.page, page.state, engine, confidence, seconds, page.attempts, page.why, reason]


def _letter(letter: Kept) -> Text:
    about = "" if letter.subject is None else letter.subject.partition("/")[2].replace("pages/", "page ")
    said = [short(letter.type), about, f"refused by {letter.function}", str(letter.code or "no answer"), letter.reason]
    told = "  ".join(printable(part) for part in said if part)
    return Text(f"Dead letter {letter.short}  {clock(letter.last_at)}  {told}")


def _below(unsure: Sequence[Page], wanted: float | None) -> str:
    """Which pages have a text that may be wrong, and where to look."""
    share = "" if wanted is None else f" ({wanted * 100:.3g}% right)"
    nothing = [page.page for page in unsure if page.empty]
    empty = f" Nothing was read on {_named(nothing)}." if nothing else ""
    pages = _named([page.page for page in unsure])
    return f"Below the wanted confidence{share}: {pages}. The text may be wrong; `why` tells what was tried.{empty}"


def _failures(failed: Sequence[Page], pages: int | None) -> str:
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for page in failed:
        numbers[page.reason or "no reason given"].append(page.page)
    told = "; ".join(f"{reason}: {_named(found)}" for reason, found in numbers.items())
    return f"{len(failed)} of {pages or '?'} pages failed. {told}."


def _named(pages: Sequence[int]) -> str:
    return f"{'page' if len(pages) == 1 else 'pages'} {ranges(pages)}"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
