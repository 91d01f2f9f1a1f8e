"""Everything at a glance: functions, topics, documents, dead letters."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from events.states import DocumentState
from local.cli import documents, fleet, letters, twin
from local.cli.documents import Document, Listed
from local.cli.durations import roughly
from local.cli.letters import Newest
from local.cli.screen import printable, table
from local.cli.stack import Stack
from local.twin import left_out
from local.twin.left_out import LeftOut

_COLUMNS = ("document", "tenant", "name", "state", "pages", "age", "moved", "reason")
_OFTEN_EMPTY = ("age", "moved", "reason")


@dataclass(frozen=True)
class Listing:
    """Which documents are listed."""

    state: DocumentState | None = None
    tenant: str | None = None
    limit: int | None = None


@dataclass(frozen=True)
class Overview:
    """At one moment. `functions` and `topics` as they are told to programs; `failing` says why, by function.

    `documents` are those of the listing, and there are so many `more` that its limit leaves out.
    """

    functions: Sequence[Mapping[str, Any]]
    left_out: Sequence[LeftOut]
    failing: Mapping[str, str]
    topics: Sequence[Mapping[str, Any]]
    states: Mapping[str, int]
    documents: Sequence[Listed]
    more: int
    letter: Newest | None

    def told(self) -> dict[str, Any]:
        """All of it, for programs."""
        return {
            "functions": self.functions,
            "left_out": [asdict(one) for one in self.left_out],
            "documents": [one.told() for one in self.documents],
            "topics": self.topics,
            "states": self.states,
            "dead_letters": self.letter.letters if self.letter else 0,
        }

    def shown(self, logs: Path) -> Iterator[RenderableType]:
        """All of it, for people."""
        yield fleet.shown(self.functions)
        yield from map(Text, left_out.lines(self.left_out))
        yield table("topic lag", (topic.values() for topic in self.topics))
        if self.states:
            yield Text("documents  " + "  ".join(f"{state} {count}" for state, count in self.states.items()))
        if self.documents:
            yield document_table(self.documents)
            yield from self._more()
        else:
            yield Text("No such documents." if self.states else "No documents. `pagebus submit FILE --wait` reads one.")
        yield from self._trouble(logs)

    def _more(self) -> Iterator[Text]:
        if self.more:
            every = len(self.documents) + self.more
            yield Text(f"{self.more} older {'is' if self.more == 1 else 'are'} not shown: `--limit {every}` shows all.")

    def _trouble(self, logs: Path) -> Iterator[Text]:
        for name, why in self.failing.items():
            yield Text(f"{name}  {printable(why)}", style="red")
        if self.failing:
            yield Text(f"Logs are in {logs}.")
        if self.letter is not None:
            yield Text(f"dead letters  {self.letter.letters}  newest: {self.letter}  (`pagebus dead-letters list`)")


def look(up: Stack, listing: Listing) -> Overview:
    """Raises Failed when the twin or PostgreSQL does not answer."""
    said, database = twin.ask(up.twin), up.started.endpoints.database
    states = documents.states(database, listing.tenant)
    listed = documents.newest(database, state=listing.state, tenant=listing.tenant, limit=listing.limit)
    among = states.values() if listing.state is None else [states.get(listing.state, 0)]
    return Overview(
        functions=fleet.told(said),
        left_out=twin.left_out(said),
        failing={one["name"]: one["failing"] for one in said["functions"] if one.get("failing")},
        topics=_lags(said["sources"]),
        states=states,
        documents=listed,
        more=max(0, sum(among) - len(listed)),  # some may have come, or moved, between both questions
        letter=letters.newest(database),
    )


def _lags(sources: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Events that wait, per topic, over all groups that read it."""
    lags: Counter[str] = Counter()
    for source in sources:
        lags[source["topic"]] += source["lag"] or 0
    return [{"name": name, "lag": lag} for name, lag in sorted(lags.items())]


def document_table(listed: Iterable[Document]) -> Table:
    """A row per document, under an id short enough for a terminal and long enough for `pagebus text`."""
    rows = [_cells(one) for one in listed]
    columns = [name for name in _COLUMNS if name not in _OFTEN_EMPTY or any(row[name] for row in rows)]
    return table(" ".join(columns), ([row[name] for name in columns] for row in rows))


def _cells(one: Document) -> dict[str, str | None]:
    """By column; those that are None in every row are left out, since a terminal has 80 columns."""
    return {
        "document": one.short,
        "tenant": one.tenant,
        "name": one.name,
        "state": one.state,
        "pages": f"{one.recognized}/{one.pages or '?'}",
        "age": _ago(one.created_at) if isinstance(one, Listed) else None,
        "moved": _ago(one.moved_at) if isinstance(one, Listed) else None,
        "reason": one.reason or _shortfall(one),
    }


def _shortfall(one: Document) -> str | None:
    """Of a document that has a text, what it lacks."""
    lacks = ((one.failed, "failed"), (one.unsure, "unsure"))
    return ", ".join(f"{pages} {how}" for pages, how in lacks if pages) or None


def _ago(moment: datetime) -> str:
    return roughly(max(0.0, (datetime.now(UTC) - moment).total_seconds()))
