"""What an unfinished document waits for. No input or output here."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events.states import DocumentState, PageState
from local.cli.documents import Course, Document, Page
from local.cli.stack import INTAKE

_ASSEMBLY = "assembly"


@dataclass(frozen=True)
class Awaited:
    """The function that is to do something, and the pages that it is to do it with, none being the document itself.

    `then` are the engines that come after it where it is not sure enough; `asked_at` is when it was asked last.
    """

    function: str
    pages: tuple[int, ...]
    since: datetime
    asked: int
    asked_at: datetime
    then: tuple[str, ...] = ()


def awaited(document: Document, course: Course, pages: Sequence[Page]) -> list[Awaited]:
    """Nothing once it has ended."""
    if document.ended:
        return []
    asked = course.pushes + 1
    if not course.accepted:
        return [Awaited(INTAKE, (), course.created_at, asked, course.pushed_at)]
    if document.state == DocumentState.ASSEMBLING:
        return [Awaited(_ASSEMBLY, (), course.moved_at, asked, course.pushed_at)]
    return [*_unplanned(document, course, pages), *_requested(course, pages)]


def _unplanned(document: Document, course: Course, pages: Sequence[Page]) -> Iterator[Awaited]:
    """Long documents are planned a range at a time."""
    planned = {page.page for page in pages}
    rest = tuple(number for number in range(1, (document.pages or 0) + 1) if number not in planned)
    if rest:
        yield Awaited(INTAKE, rest, course.moved_at, course.pushes + 1, course.pushed_at)


def _requested(course: Course, pages: Sequence[Page]) -> Iterator[Awaited]:
    """A page without a route has a text layer, which only intake reads."""
    waiting: defaultdict[tuple[str, ...], list[Page]] = defaultdict(list)
    for page in pages:
        if page.state == PageState.REQUESTED:
            waiting[page.route or (INTAKE,)].append(page)
    for (first, *rest), among in waiting.items():
        since, asked = course.accepted_at or course.created_at, max(page.attempts for page in among)
        numbers = tuple(page.page for page in among)
        yield Awaited(first, numbers, since, asked, course.pushed_at if asked > 1 else since, tuple(rest))


def standing(function: Mapping[str, Any]) -> str:
    """Of a function as the twin tells of it: failing, awake, waking or asleep."""
    if function.get("failing"):
        return "failing"
    if function["ready"]:
        return "awake"
    return "waking" if function["desired"] or function["queue"] else "asleep"


def ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers as people write them: 1-3, 7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ", ".join("-".join(map(str, run)) for run in runs)
