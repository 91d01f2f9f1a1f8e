"""How far many documents are together, where nobody follows each."""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from local.cli.documents import Document
from local.cli.screen import notes

_LINE_S = 10.0


#: Tells that these documents have changed, and how all of them stand.
Show = Callable[[Collection[Document], Collection[Document]], None]


@dataclass(frozen=True)
class Overall:
    """`pages` is a guess while some are uncounted: those are taken to have as many as the others on average."""

    documents: int
    ended: int
    without_text: int
    read: int
    pages: int

    def __str__(self) -> str:
        failed = f", {self.without_text:,} without text" if self.without_text else ""
        return f"{self.ended:,}/{self.documents:,} documents{failed}, {self.read:,}/{self.pages:,} pages"


def overall(documents: Collection[Document]) -> Overall:
    counted = [document.pages for document in documents if document.pages is not None]
    uncounted = sum(document.pages is None and not document.ended for document in documents)
    average = sum(counted) / len(counted) if counted else 1
    return Overall(
        documents=len(documents),
        ended=sum(document.ended for document in documents),
        without_text=sum(document.ended and not document.completed for document in documents),
        read=sum(document.recognized + document.failed for document in documents),
        pages=sum(counted) + round(uncounted * average),
    )


@contextmanager
def bar() -> Iterator[Show]:
    columns = (TextColumn("{task.description}"), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    with Progress(BarColumn(20), *columns, console=notes) as progress:
        task = progress.add_task("", total=None)

        def show(_: Collection[Document], current: Collection[Document]) -> None:
            now = overall(current)
            progress.update(task, total=now.pages, completed=now.read, description=str(now))

        yield show


@contextmanager
def lines() -> Iterator[Show]:
    """One now and then, and at the end."""
    due = time.monotonic()

    def show(changed: Collection[Document], current: Collection[Document]) -> None:
        nonlocal due
        over = all(document.ended for document in current)
        if changed and (over or time.monotonic() >= due):
            notes.print(f"{overall(current)}", markup=False)
            due = time.monotonic() + _LINE_S

    yield show
