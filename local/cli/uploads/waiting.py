"""Waiting until documents end, with their progress on stderr."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from local.cli.queries import documents
from local.cli.queries.documents import Document
from local.cli.shell.errors import CommandFailedError
from local.cli.shell.screen import make_printable, notes

_POLL_S = 0.2
# Queries take at most this share of the time, however many documents there are.
_QUERY_SHARE = 1 / 20
# Up to this number, each document has its own bar or lines.
_FEW_DOCUMENTS = 12
_LINE_INTERVAL_S = 10.0

#: Shows progress, given the documents that changed and all documents.
ShowProgress = Callable[[Collection[Document], Collection[Document]], None]


def wait_until_ended(
    database: str, submitted: Sequence[Document], timeout: float, check_stack: Callable[[], object]
) -> list[Document]:
    """Return the documents with their current states when all have ended, or after `timeout` seconds.

    `check_stack` is called when the database does not answer. It raises CommandFailedError if the stack is down; then
    there is nothing to wait for.
    """
    deadline = time.monotonic() + timeout
    current = {document.document: document for document in submitted}
    with _choose_display(len(current)) as show:
        while True:
            started = time.monotonic()
            changed = _load_changes(database, current, check_stack)
            current |= {document.document: document for document in changed}
            show(changed, current.values())
            now = time.monotonic()
            if now > deadline or all(document.has_ended for document in current.values()):
                return list(current.values())
            time.sleep(min(max(_POLL_S, (now - started) / _QUERY_SHARE), max(0.0, deadline - now)))


def _load_changes(database: str, current: Mapping[str, Document], check_stack: Callable[[], object]) -> list[Document]:
    open_ids = [document.document for document in current.values() if not document.has_ended]
    try:
        now = documents.find_by_ids(database, open_ids)
    except CommandFailedError:
        check_stack()
        return []  # the stack is up, so its database will answer again
    return [document for document in now.values() if document != current[document.document]]


@dataclass(frozen=True)
class OverallProgress:
    """The progress of many documents. `pages` is an estimate while some documents are not counted yet."""

    documents: int
    ended: int
    without_text: int
    read: int
    pages: int

    def __str__(self) -> str:
        without_text = f", {self.without_text:,} without text" if self.without_text else ""
        return f"{self.ended:,}/{self.documents:,} documents{without_text}, {self.read:,}/{self.pages:,} pages"


def summarize_progress(documents: Collection[Document]) -> OverallProgress:
    """Return the progress of all documents; one whose pages are not counted gets the average number of the others."""
    counts = [document.pages for document in documents if document.pages is not None]
    uncounted = sum(document.pages is None and not document.has_ended for document in documents)
    average = sum(counts) / len(counts) if counts else 1
    return OverallProgress(
        documents=len(documents),
        ended=sum(document.has_ended for document in documents),
        without_text=sum(document.has_ended and not document.is_completed for document in documents),
        read=sum(document.recognized + document.failed for document in documents),
        pages=sum(counts) + round(uncounted * average),
    )


def _choose_display(count: int) -> AbstractContextManager[ShowProgress]:
    if count > _FEW_DOCUMENTS:
        return _show_overall_bar() if notes.is_terminal else show_overall_lines()
    return _show_bars() if notes.is_terminal else _show_lines()


@contextmanager
def _show_overall_bar() -> Iterator[ShowProgress]:
    columns = (TextColumn("{task.description}"), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    with Progress(BarColumn(20), *columns, console=notes) as progress:
        task = progress.add_task("", total=None)

        def show(_: Collection[Document], current: Collection[Document]) -> None:
            now = summarize_progress(current)
            progress.update(task, total=now.pages, completed=now.read, description=str(now))

        yield show


@contextmanager
def show_overall_lines() -> Iterator[ShowProgress]:
    """Print the overall progress at the first change, then at most every 10 s, and at the end."""
    due = time.monotonic()

    def show(changed: Collection[Document], current: Collection[Document]) -> None:
        nonlocal due
        have_ended = all(document.has_ended for document in current)
        if changed and (have_ended or time.monotonic() >= due):
            notes.print(f"{summarize_progress(current)}", markup=False)
            due = time.monotonic() + _LINE_INTERVAL_S

    yield show


@contextmanager
def _show_bars() -> Iterator[ShowProgress]:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=notes) as progress:
        bars = {}

        def show(changed: Collection[Document], _: Collection[Document]) -> None:
            for document in changed:
                name = make_printable(document.name)
                if document.document not in bars:
                    bars[document.document] = progress.add_task(name)
                progress.update(
                    bars[document.document],
                    total=document.pages,
                    completed=document.recognized,
                    description=f"{name} {document.state}{_describe_shortfall(document)}",
                )

        yield show


@contextmanager
def _show_lines() -> Iterator[ShowProgress]:
    def show(changed: Collection[Document], _: Collection[Document]) -> None:
        for document in changed:
            pages = f" {document.recognized}/{document.pages or '?'} pages{_describe_shortfall(document)}"
            if document.has_ended and document.pages is None:
                pages = ""  # they were never counted
            notes.print(f"{document.short_id} {make_printable(document.name)} {document.state}{pages}", markup=False)

    yield show


def _describe_shortfall(document: Document) -> str:
    return f", {document.shortfall}" if document.shortfall else ""
