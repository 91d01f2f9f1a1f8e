"""Why documents have no text, what to do about it, and what to say where a text has nothing of a page."""

from collections import defaultdict
from collections.abc import Sequence

from events.reasons import DocumentFailure, Rejection
from local.cli.awaited import ranges
from local.cli.database import connection
from local.cli.documents import UNSURE, Document

# These may end otherwise with the same bytes: other wishes, another moment.
_MAY_CHANGE = {Rejection.BAD_OPTIONS, Rejection.UNKNOWN_ENGINE, Rejection.NOT_FOUND, *DocumentFailure}

_WHY = """SELECT documents.document::text, documents.message, first.page, first.reason, first.message
    FROM documents LEFT JOIN LATERAL (
        SELECT page, reason, message FROM pages
         WHERE pages.document = documents.document AND pages.state = 'failed' AND documents.reason = %s
         ORDER BY page LIMIT 1) AS first ON TRUE
    WHERE documents.document = ANY(%s::uuid[])"""
_EMPTY = f"""SELECT document::text, page, {UNSURE} FROM pages
    WHERE document = ANY(%s::uuid[]) AND state = 'recognized' AND text = '' ORDER BY page"""  # noqa: S608  # a constant


def explanations(database: str, ended: Sequence[Document]) -> dict[str, str]:
    """For people, what was wrong with each that ended without a text, by id; of failed pages, with the first."""
    ids = [one.document for one in ended if one.ended and not one.completed]
    if not ids:
        return {}
    with connection(database) as connected:
        found = connected.execute(_WHY, [DocumentFailure.NO_PAGE_RECOGNIZED, ids]).fetchall()
    return {document: told for document, *said in found if (told := _told(*said))}


def afresh(document: Document) -> str:
    """How to try again under the same name; empty where that would end as it did."""
    if document.completed or document.reason not in _MAY_CHANGE:
        return ""
    return "`pagebus submit --again FILE` has it read afresh under the same name, with the options that you give then."


def emptiness(database: str, ended: Sequence[Document]) -> dict[str, str]:
    """For people, on which pages nothing was read, by the ids of those documents that have such pages."""
    ids = [one.document for one in ended if one.completed]
    if not ids:
        return {}
    empty: defaultdict[str, list[int]] = defaultdict(list)
    unread: defaultdict[str, list[int]] = defaultdict(list)
    with connection(database) as connected:
        for document, page, unsure in connected.execute(_EMPTY, [ids]):
            (unread if unsure else empty)[document].append(page)
    return {one: _nothing(empty[one], unread[one]) for one in ids if one in empty or one in unread}


def _told(message: str | None, page: int | None, reason: str | None, why: str | None) -> str:
    first = "" if page is None else f"Page {page}: {': '.join(filter(None, (reason, why))).rstrip('.')}."
    return " ".join(filter(None, (message, first)))


def _nothing(empty: Sequence[int], unread: Sequence[int]) -> str:
    """An engine may have been lost on a page that is not empty."""
    are = "Page {} is empty." if len(empty) == 1 else "Pages {} are empty."
    on = "Nothing was read on page {}." if len(unread) == 1 else "Nothing was read on pages {}."
    return " ".join(said.format(ranges(pages)) for said, pages in ((are, empty), (on, unread)) if pages)
