"""The details of one document in `pagebus status`: its pages, its dead letters, and the functions that it waits for."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from events.states import PageState
from local.cli.queries import dead_letters, documents
from local.cli.queries import pages as page_queries
from local.cli.queries.dead_letters import DeadLetterRow
from local.cli.queries.documents import Document, DocumentProgress
from local.cli.queries.explanations import suggest_resubmission
from local.cli.queries.pages import PageStatus
from local.cli.shell.events import shorten_type
from local.cli.shell.screen import build_table, format_duration, format_ranges, format_time, make_printable
from local.cli.stack import twin
from local.cli.stack.stack import Stack
from local.cli.status.function_table import get_function_state
from local.cli.status.overview import build_document_table
from local.cli.status.pending_work import PendingWork, list_pending_work
from local.twin.state import FunctionState

_MAX_DEAD_LETTERS = 10


@dataclass(frozen=True)
class DocumentDetails:
    """A document at one moment. `functions` has the states of all functions of the twin, by function name."""

    document: Document
    progress: DocumentProgress
    pages: Sequence[PageStatus]
    pending_work: Sequence[PendingWork]
    dead_letters: Sequence[DeadLetterRow]
    functions: Mapping[str, FunctionState]

    def as_dict(self) -> dict[str, Any]:
        """Return the details as JSON-serializable values; times are in ISO 8601."""
        return {
            "document": asdict(self.document),
            "message": self.progress.message,
            "min_confidence": self.progress.min_confidence,
            "pages": [asdict(page) for page in self.pages],
            "times": {
                name: _format_iso(getattr(self.progress, f"{name}_at"))
                for name in ("created", "accepted", "moved", "ended")
            },
            "waits_for": [
                {
                    **asdict(work),
                    "since": _format_iso(work.since),
                    "requested_at": _format_iso(work.requested_at),
                    "state": self._get_state(work.function),
                }
                for work in self.pending_work
            ],
            "dead_letters": [dead_letter.as_dict() for dead_letter in self.dead_letters],
        }

    def render(self) -> Iterator[RenderableType]:
        """Yield the parts to print. The most important parts come last, because the terminal shows the end."""
        yield Text(self.document.document)
        yield build_document_table([self.document])
        if self.progress.message:
            message = (make_printable(self.progress.message), suggest_resubmission(self.document))
            yield Text(" ".join(filter(None, message)))
        if self.pages:
            yield build_table(
                "page state engine confidence seconds attempts why reason", map(_format_cells, self.pages)
            )
        yield from map(_render_dead_letter, self.dead_letters)
        if low_confidence_pages := [page for page in self.pages if page.low_confidence]:
            yield Text(_describe_low_confidence(low_confidence_pages, self.progress.min_confidence), style="yellow")
        if failed_pages := [page for page in self.pages if page.state == PageState.FAILED]:
            yield Text(_describe_failures(failed_pages, self.document.pages), style="red")
        yield from map(self._render_pending, self.pending_work)

    def _render_pending(self, work: PendingWork) -> Text:
        pages = f": {_format_page_numbers(work.pages)}," if work.pages else ","
        waiting = format_duration((datetime.now(UTC) - work.since).total_seconds())
        since = f" since {format_time(work.since)} ({waiting})"
        requests = f", requested {work.requests} times, last at {format_time(work.requested_at)}"
        remaining = f"; next engines if its confidence is too low: {', '.join(work.remaining_engines)}"
        return Text(
            f"Waits for {work.function}{pages}{since}{requests if work.requests > 1 else ''}"
            f"{remaining if work.remaining_engines else ''}. {self._describe_function(work.function)}",
            style="yellow",
        )

    def _describe_function(self, name: str) -> str:
        if (function := self.functions.get(name)) is None:
            return f"No function named {name} runs here."
        if function.failure:
            return f"It {make_printable(function.failure)}."
        state = get_function_state(function)
        return f"It is {state}: {function.ready} replicas are ready, {function.queue_length} requests wait."

    def _get_state(self, name: str) -> str | None:
        function = self.functions.get(name)
        return None if function is None else get_function_state(function)


def load_details(running_stack: Stack, prefix: str) -> DocumentDetails:
    """Return the details of the document whose id starts with the prefix.

    Raise CommandFailedError if no id matches, or if the twin or PostgreSQL does not answer. Raise UsageError if several
    ids match, or if the prefix is malformed.
    """
    database = running_stack.endpoints.database
    document = documents.find_document(database, prefix)
    progress = documents.load_progress(database, document.document)
    pages = page_queries.load_pages(database, document.document)
    unrecognized_pages = [page.page for page in pages if page.state != PageState.RECOGNIZED]
    functions = {function.name: function for function in twin.load_state(running_stack.twin).functions}
    dead_letter_rows = dead_letters.find_about_document(
        database, document.document, unrecognized_pages, _MAX_DEAD_LETTERS
    )
    pending_work = list_pending_work(document, progress, pages)
    return DocumentDetails(document, progress, pages, pending_work, dead_letter_rows, functions)


def _format_cells(page: PageStatus) -> list[object]:
    confidence = None if page.confidence is None else f"{page.confidence:.0%}"
    seconds = None if page.seconds is None else f"{page.seconds:.2f}"
    engine = page.engine or " → ".join(page.route)
    reason = ": ".join(part for part in (page.reason, page.message) if part)
    return [page.page, page.state, engine, confidence, seconds, page.attempts, page.why, reason]


def _render_dead_letter(dead_letter: DeadLetterRow) -> Text:
    page = "" if dead_letter.subject is None else dead_letter.subject.partition("/")[2].replace("pages/", "page ")
    answer = str(dead_letter.code or "no answer")
    parts = [shorten_type(dead_letter.type), page, f"refused by {dead_letter.function}", answer, dead_letter.reason]
    text = "  ".join(make_printable(part) for part in parts if part)
    return Text(f"Dead letter {dead_letter.short_id}  {format_time(dead_letter.last_at)}  {text}")


def _describe_low_confidence(pages: Sequence[PageStatus], min_confidence: float | None) -> str:
    minimum = "" if min_confidence is None else f" ({min_confidence * 100:.3g}% right)"
    empty = [page.page for page in pages if page.empty]
    no_text = f" No text was recognized on {_format_page_numbers(empty)}." if empty else ""
    names = _format_page_numbers([page.page for page in pages])
    return (
        f"Below the wanted confidence{minimum}: {names}. The text may be wrong; "
        f"the column `why` has the engines that were tried.{no_text}"
    )


def _describe_failures(failed_pages: Sequence[PageStatus], page_count: int | None) -> str:
    pages_by_reason: defaultdict[str, list[int]] = defaultdict(list)
    for page in failed_pages:
        pages_by_reason[page.reason or "no reason given"].append(page.page)
    reasons = "; ".join(f"{reason}: {_format_page_numbers(pages)}" for reason, pages in pages_by_reason.items())
    return f"{len(failed_pages)} of {page_count or '?'} pages failed. {reasons}."


def _format_page_numbers(pages: Sequence[int]) -> str:
    return f"{'page' if len(pages) == 1 else 'pages'} {format_ranges(pages)}"


def _format_iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()
