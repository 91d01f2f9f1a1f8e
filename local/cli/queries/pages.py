"""Queries on the table of pages: their states, engines, confidence and times."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from psycopg.rows import class_row, dict_row

from local.cli.queries.connection import connect
from local.evaluation.scores import EvaluatedPage

#: An SQL condition for rows of `pages` whose text may be wrong: its confidence is 0 or below the requested confidence.
LOW_CONFIDENCE = "coalesce(best_effort OR confidence = 0, FALSE)"

_EVALUATION = """
SELECT document::text, page, state, engine, coalesce(why, route_why) AS why, confidence, best_effort,
       coalesce(route, '{}') AS route, seconds_waiting AS waiting, seconds_starting AS starting,
       seconds_reading AS reading, seconds_others AS others
  FROM pages WHERE document = ANY(%s::uuid[]) ORDER BY document, page"""


@dataclass(frozen=True)
class PageStatus:
    """The state of a page. Values that are not known yet are None.

    `seconds` is the sum of the times of all engines that read the page. `why` explains the choice of the engine or
    route. `reason` is the reason code of a failed page. `attempts` is the number of page requests so far.
    `best_effort` is True for a fallback result, which is below the requested confidence. `low_confidence` is True if
    the text may be wrong. `empty` is True if the page is recognized without any text.
    """

    page: int
    state: str
    engine: str | None
    confidence: float | None
    seconds: float | None
    reason: str | None
    message: str | None = None
    route: tuple[str, ...] = ()
    why: str | None = None
    attempts: int = 1
    best_effort: bool = False
    low_confidence: bool = False
    empty: bool = False


@dataclass(frozen=True, kw_only=True)
class _EvaluationRow(EvaluatedPage):
    document: str


def load_pages(database: str, document: str) -> list[PageStatus]:
    """Return the pages of a document that intake has planned, in the order of the page numbers."""
    return load_pages_by_document(database, [document])[document]


def load_pages_by_document(database: str, ids: Iterable[str]) -> defaultdict[str, list[PageStatus]]:
    """Return, by document id, the pages that intake has planned, in the order of the page numbers."""
    query = f"""SELECT document::text, page, state, engine, confidence,
        seconds_reading + coalesce(seconds_others, 0) AS seconds, reason, message,
        coalesce(route, '{{}}') AS route, coalesce(why, route_why) AS why, attempts,
        coalesce(best_effort, FALSE) AS best_effort, {LOW_CONFIDENCE} AS low_confidence,
        state = 'recognized' AND coalesce(text = '', FALSE) AS empty
        FROM pages WHERE document = ANY(%s::uuid[]) ORDER BY document, page"""  # noqa: S608  # a constant
    pages: defaultdict[str, list[PageStatus]] = defaultdict(list)
    with connect(database) as connection, connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(query, [list(ids)]):
            pages[row.pop("document")].append(PageStatus(**{**row, "route": tuple(row["route"])}))
    return pages


def load_pages_for_evaluation(database: str, ids: Sequence[str]) -> defaultdict[str, list[EvaluatedPage]]:
    """Return, by document id, the pages that intake has planned, with the times that an evaluation reports."""
    pages: defaultdict[str, list[EvaluatedPage]] = defaultdict(list)
    with connect(database) as connection, connection.cursor(row_factory=class_row(_EvaluationRow)) as cursor:
        for row in cursor.execute(_EVALUATION, [list(ids)]):
            fields = {**asdict(row), "route": tuple(row.route)}
            pages[fields.pop("document")].append(EvaluatedPage(**fields))
    return pages
