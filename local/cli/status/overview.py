"""The overview of `pagebus status`: functions, topics, documents and dead letters."""

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
from local.cli.queries import dead_letters, documents
from local.cli.queries.dead_letters import NewestDeadLetter
from local.cli.queries.documents import Document, ListedDocument
from local.cli.shell.screen import build_table, format_duration, make_printable
from local.cli.stack import twin
from local.cli.stack.stack import Stack
from local.cli.status import function_table
from local.cli.status.function_table import FunctionSummary
from local.twin import unavailable_engines
from local.twin.state import SourceState, TwinState
from local.twin.unavailable_engines import UnavailableEngine

_COLUMNS = ("document", "tenant", "name", "state", "pages", "age", "moved", "reason")
_OPTIONAL_COLUMNS = ("age", "moved", "reason")


@dataclass(frozen=True)
class DocumentFilter:
    """The selection of documents to list: the newest `limit` documents with this state and tenant.

    None stands for every state, every tenant, or no limit.
    """

    state: DocumentState | None = None
    tenant: str | None = None
    limit: int | None = None


@dataclass(frozen=True)
class Overview:
    """The state of a stack at one moment.

    `failures` has the reasons why functions and sources fail, by name. `topics` has the name and the lag of each
    topic, as JSON-serializable values. `states` has the number of documents by state. `documents` are the newest
    documents that match the filter, and `hidden_documents` is the number of older matching documents.
    """

    functions: Sequence[FunctionSummary]
    unavailable_engines: Sequence[UnavailableEngine]
    failures: Mapping[str, str]
    topics: Sequence[Mapping[str, Any]]
    states: Mapping[str, int]
    documents: Sequence[ListedDocument]
    hidden_documents: int
    newest_dead_letter: NewestDeadLetter | None

    def as_dict(self) -> dict[str, Any]:
        """Return the overview as JSON-serializable values."""
        return {
            "functions": [function.as_dict() for function in self.functions],
            "unavailable_engines": [asdict(engine) for engine in self.unavailable_engines],
            "documents": [document.as_dict() for document in self.documents],
            "failures": self.failures,
            "topics": self.topics,
            "states": self.states,
            "dead_letters": self.newest_dead_letter.letters if self.newest_dead_letter else 0,
        }

    def render(self, logs: Path) -> Iterator[RenderableType]:
        """Yield the parts of the overview to print. `logs` is the folder with the logs of functions."""
        yield function_table.build_function_table(self.functions)
        yield from map(Text, unavailable_engines.render_lines(self.unavailable_engines))
        yield build_table("topic lag", (topic.values() for topic in self.topics))
        if self.states:
            yield Text("documents  " + "  ".join(f"{state} {count}" for state, count in self.states.items()))
        if self.documents:
            yield build_document_table(self.documents)
            yield from self._render_hidden_count()
        elif self.states:
            yield Text("No documents match.")
        else:
            yield Text("There are no documents. Read one: `pagebus submit FILE --wait`.")
        yield from self._render_problems(logs)

    def _render_hidden_count(self) -> Iterator[Text]:
        if self.hidden_documents:
            total = len(self.documents) + self.hidden_documents
            noun = "document is" if self.hidden_documents == 1 else "documents are"
            yield Text(f"{self.hidden_documents} older {noun} not shown: `--limit {total}` shows all documents.")

    def _render_problems(self, logs: Path) -> Iterator[Text]:
        for name, reason in self.failures.items():
            yield Text(f"{name}  {make_printable(reason)}", style="red")
        if self.failures:
            yield Text(f"Logs are in {logs}.")
        if (newest := self.newest_dead_letter) is not None:
            yield Text(f"dead letters  {newest.letters}  newest: {newest}  (`pagebus dead-letters list`)")


def load_overview(running_stack: Stack, document_filter: DocumentFilter) -> Overview:
    """Return the current state of a stack. Raise CommandFailedError if the twin or PostgreSQL does not answer.

    `document_filter` selects the documents to list.
    """
    twin_state, database = twin.load_state(running_stack.twin), running_stack.endpoints.database
    states = documents.count_by_state(database, document_filter.tenant)
    newest_documents = documents.list_newest(
        database, state=document_filter.state, tenant=document_filter.tenant, limit=document_filter.limit
    )
    matching_count = sum(states.values()) if document_filter.state is None else states.get(document_filter.state, 0)
    return Overview(
        functions=function_table.summarize_functions(twin_state),
        unavailable_engines=twin_state.unavailable_engines,
        failures=_collect_failures(twin_state),
        topics=_sum_lags(twin_state.sources),
        states=states,
        documents=newest_documents,
        hidden_documents=max(
            0, matching_count - len(newest_documents)
        ),  # a document can arrive between the two queries
        newest_dead_letter=dead_letters.find_newest(database),
    )


def _collect_failures(twin_state: TwinState) -> dict[str, str]:
    """Return the reasons why functions and sources fail, by name."""
    functions = {function.name: function.failure for function in twin_state.functions if function.failure}
    sources = {f"source {source.name}": source.failure for source in twin_state.sources if source.failure}
    return {**functions, **sources}


def _sum_lags(sources: Iterable[SourceState]) -> list[dict[str, Any]]:
    """Return the name and the lag of each topic. The lag is a number of events, summed over all consumer groups."""
    lags: Counter[str] = Counter()
    for source in sources:
        lags[source.topic] += source.lag
    return [{"name": name, "lag": lag} for name, lag in sorted(lags.items())]


def build_document_table(documents_to_list: Iterable[Document]) -> Table:
    """Return a table with a row per document. To save space, empty optional columns are left out."""
    rows = [_format_cells(document) for document in documents_to_list]
    columns = [name for name in _COLUMNS if name not in _OPTIONAL_COLUMNS or any(row[name] for row in rows)]
    return build_table(" ".join(columns), ([row[name] for name in columns] for row in rows))


def _format_cells(document: Document) -> dict[str, str | None]:
    """Return the cells of a document by column name."""
    return {
        "document": document.short_id,
        "tenant": document.tenant,
        "name": document.name,
        "state": document.state,
        "pages": f"{document.recognized}/{document.pages or '?'}",
        "age": _format_age(document.created_at) if isinstance(document, ListedDocument) else None,
        "moved": _format_age(document.moved_at) if isinstance(document, ListedDocument) else None,
        "reason": document.reason or document.shortfall or None,
    }


def _format_age(time: datetime) -> str:
    return format_duration(max(0.0, (datetime.now(UTC) - time).total_seconds()))
