"""Waiting for documents to end, with what comes in meanwhile on the screen."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from local.cli import documents, overall
from local.cli.documents import Document
from local.cli.errors import Failed
from local.cli.overall import Show
from local.cli.screen import notes, printable

_POLL_S = 0.2
# However many documents there are, at most this part of the time goes into looking at them.
_LOOKING = 1 / 20
_FEW = 12


def until_ended(
    database: str, submitted: Sequence[Document], timeout: float, check_up: Callable[[], object]
) -> list[Document]:
    """How each of them stands when all have ended, or when `timeout` seconds are over.

    `check_up` is asked when the database is away. It raises Failed when nothing is left to wait for.
    """
    deadline = time.monotonic() + timeout
    current = {document.document: document for document in submitted}
    with _shown(len(current)) as show:
        while True:
            begun = time.monotonic()
            changed = _changed(database, current, check_up)
            current |= {document.document: document for document in changed}
            show(changed, current.values())
            now = time.monotonic()
            if now > deadline or all(document.ended for document in current.values()):
                return list(current.values())
            time.sleep(min(max(_POLL_S, (now - begun) / _LOOKING), max(0.0, deadline - now)))


def _changed(database: str, current: Mapping[str, Document], check_up: Callable[[], object]) -> list[Document]:
    open_ = [document.document for document in current.values() if not document.ended]
    try:
        now = documents.named(database, open_)
    except Failed:
        check_up()
        return []  # a database that is away for a while is one more thing to wait for
    return [document for document in now.values() if document != current[document.document]]


def _shown(count: int) -> AbstractContextManager[Show]:
    if count > _FEW:
        return overall.bar() if notes.is_terminal else overall.lines()
    return _bars() if notes.is_terminal else _lines()


@contextmanager
def _bars() -> Iterator[Show]:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=notes) as progress:
        bars = {}

        def show(changed: Collection[Document], _: Collection[Document]) -> None:
            for document in changed:
                if document.document not in bars:
                    bars[document.document] = progress.add_task(printable(document.name))
                progress.update(
                    bars[document.document],
                    total=document.pages,
                    completed=document.recognized,
                    description=f"{printable(document.name)} {document.state}{_shortfall(document)}",
                )

        yield show


@contextmanager
def _lines() -> Iterator[Show]:
    def show(changed: Collection[Document], _: Collection[Document]) -> None:
        for document in changed:
            uncounted = document.ended and document.pages is None
            read = "" if uncounted else f" {document.recognized}/{document.pages or '?'} pages{_shortfall(document)}"
            notes.print(f"{document.short} {printable(document.name)} {document.state}{read}", markup=False)

    yield show


def _shortfall(document: Document) -> str:
    lacks = ((document.failed, "failed"), (document.unsure, "unsure"))
    return "".join(f", {pages} {how}" for pages, how in lacks if pages)
