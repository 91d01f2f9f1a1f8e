"""A wait until documents end, with a display of their progress on stderr."""

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
# Queries take at most this share of the time, so that waiting for many documents does not load the database.
_QUERY_SHARE = 1 / 20
# Up to this number of documents, each document has its own progress bar or its own lines.
_FEW_DOCUMENTS = 12
_LINE_INTERVAL_S = 10.0

#: A function that shows the progress. Its arguments are the documents that have changed, and all documents.
ShowProgress = Callable[[Collection[Document], Collection[Document]], None]


def wait_until_ended(
    database: str, submitted_documents: Sequence[Document], timeout: float, check_stack: Callable[[], object]
) -> list[Document]:
    """Wait at most `timeout` seconds until all documents have ended, and return them with their current states.

    Call `check_stack` if the database does not answer. That function raises CommandFailedError if the stack is down,
    because then the documents cannot end.
    """
    deadline = time.monotonic() + timeout
    documents_by_id = {document.document: document for document in submitted_documents}
    with _choose_display(len(documents_by_id)) as show:
        while True:
            started = time.monotonic()
            changed = _load_changes(database, documents_by_id, check_stack)
            documents_by_id |= {document.document: document for document in changed}
            show(changed, documents_by_id.values())
            query_end = time.monotonic()
            if query_end > deadline or all(document.has_ended for document in documents_by_id.values()):
                return list(documents_by_id.values())
            time.sleep(min(max(_POLL_S, (query_end - started) / _QUERY_SHARE), max(0.0, deadline - query_end)))


def _load_changes(
    database: str, documents_by_id: Mapping[str, Document], check_stack: Callable[[], object]
) -> list[Document]:
    """Return the documents whose stored state differs from `documents_by_id`. Documents that have ended are skipped."""
    open_ids = [document.document for document in documents_by_id.values() if not document.has_ended]
    try:
        current_documents = documents.find_by_ids(database, open_ids)
    except CommandFailedError:
        check_stack()
        return []  # the stack is up, so its database will answer again
    return [document for document in current_documents.values() if document != documents_by_id[document.document]]


@dataclass(frozen=True)
class OverallProgress:
    """The progress of many documents, as numbers of documents and pages.

    `without_text` is the number of documents that have ended without a text. `read_pages` is the number of pages with
    a result. `pages` is an estimate as long as intake has not counted the pages of every document.
    """

    documents: int
    ended: int
    without_text: int
    read_pages: int
    pages: int

    def __str__(self) -> str:
        without_text = f", {self.without_text:,} without text" if self.without_text else ""
        return f"{self.ended:,}/{self.documents:,} documents{without_text}, {self.read_pages:,}/{self.pages:,} pages"


def summarize_progress(documents: Collection[Document]) -> OverallProgress:
    """Return the overall progress.

    For each unfinished document whose pages are not counted yet, `pages` includes the average of the counted documents.
    """
    counts = [document.pages for document in documents if document.pages is not None]
    uncounted = sum(document.pages is None and not document.has_ended for document in documents)
    average = sum(counts) / len(counts) if counts else 1
    return OverallProgress(
        documents=len(documents),
        ended=sum(document.has_ended for document in documents),
        without_text=sum(document.has_ended and not document.is_completed for document in documents),
        read_pages=sum(document.recognized + document.failed for document in documents),
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

        def show(_: Collection[Document], all_documents: Collection[Document]) -> None:
            overall = summarize_progress(all_documents)
            progress.update(task, total=overall.pages, completed=overall.read_pages, description=str(overall))

        yield show


@contextmanager
def show_overall_lines() -> Iterator[ShowProgress]:
    """Print the overall progress at the first change, then at most every 10 s, and at the end."""
    due = time.monotonic()

    def show(changed: Collection[Document], all_documents: Collection[Document]) -> None:
        nonlocal due
        have_ended = all(document.has_ended for document in all_documents)
        if changed and (have_ended or time.monotonic() >= due):
            notes.print(f"{summarize_progress(all_documents)}", markup=False)
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
                pages = ""  # the document ended before intake counted its pages
            notes.print(f"{document.short_id} {make_printable(document.name)} {document.state}{pages}", markup=False)

    yield show


def _describe_shortfall(document: Document) -> str:
    return f", {document.shortfall}" if document.shortfall else ""
