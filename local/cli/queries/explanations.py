"""Explanations for users: why a document has no text, which pages have no text, and how to read it again."""

from collections import defaultdict
from collections.abc import Sequence

from events.reasons import DocumentFailure, Rejection
from local.cli.queries.connection import connect
from local.cli.queries.documents import Document
from local.cli.queries.pages import LOW_CONFIDENCE
from local.cli.shell.errors import CommandFailedError
from local.cli.shell.screen import format_ranges, make_printable

# After these failures, the same bytes can have another result with other options or at another time.
_RETRYABLE_REASONS = {Rejection.BAD_OPTIONS, Rejection.UNKNOWN_ENGINE, Rejection.NOT_FOUND, *DocumentFailure}

_FAILURES = """SELECT documents.document::text, documents.message, first.page, first.reason, first.message
    FROM documents LEFT JOIN LATERAL (
        SELECT page, reason, message FROM pages
         WHERE pages.document = documents.document AND pages.state = 'failed' AND documents.reason = %s
         ORDER BY page LIMIT 1) AS first ON TRUE
    WHERE documents.document = ANY(%s::uuid[])"""
_EMPTY_PAGES = f"""SELECT document::text, page, {LOW_CONFIDENCE} FROM pages
    WHERE document = ANY(%s::uuid[]) AND state = 'recognized' AND text = '' ORDER BY page"""  # noqa: S608  # a constant


def explain_failures(database: str, documents: Sequence[Document]) -> dict[str, str]:
    """Return why documents ended without a text, by document id. Documents without an explanation are left out.

    If every page failed, the explanation contains the reason of the first failed page.
    """
    ids = [document.document for document in documents if document.has_ended and not document.is_completed]
    if not ids:
        return {}
    with connect(database) as connection:
        rows = connection.execute(_FAILURES, [DocumentFailure.NO_PAGE_RECOGNIZED, ids]).fetchall()
    return {document: text for document, *failure in rows if (text := _join_failure(*failure))}


def suggest_resubmission(document: Document) -> str:
    """Return advice on how to read a document again, or an empty string if another run would not help."""
    if document.is_completed or document.reason not in _RETRYABLE_REASONS:
        return ""
    return "`pagebus submit --again FILE` reads it again under the same name, with the options of that command."


def describe_empty_pages(database: str, documents: Sequence[Document]) -> dict[str, str]:
    """Return, by document id, a text that lists the pages without text. Documents without such pages are left out.

    The text does not call pages with a low confidence empty: they may have a text that no engine recognized.
    """
    ids = [document.document for document in documents if document.is_completed]
    if not ids:
        return {}
    empty: defaultdict[str, list[int]] = defaultdict(list)
    unrecognized: defaultdict[str, list[int]] = defaultdict(list)
    with connect(database) as connection:
        for document, page, low_confidence in connection.execute(_EMPTY_PAGES, [ids]):
            (unrecognized if low_confidence else empty)[document].append(page)
    return {
        document: _list_empty_pages(empty[document], unrecognized[document])
        for document in ids
        if document in empty or document in unrecognized
    }


def describe_shortfall(document: Document) -> str:
    """Return sentences with the numbers of failed pages and of pages with low confidence, or an empty string."""
    page_total = f"of {document.pages} page{'' if document.pages == 1 else 's'}"
    failed = f"{document.failed} {page_total} could not be read." if document.failed else ""
    verb = "is" if document.low_confidence == 1 else "are"
    low_confidence = (
        f"{document.low_confidence} {page_total} {verb} below the wanted confidence." if document.low_confidence else ""
    )
    return " ".join(filter(None, (failed, low_confidence)))


def require_text(database: str, document: Document) -> None:
    """Raise CommandFailedError, with the reason, if the document is not completed and so has no text."""
    if document.is_completed:
        return
    if document.has_ended:
        state = f"{document.document} has no text: {document.state} ({document.reason or 'no reason given'})."
        failure = explain_failures(database, [document]).get(document.document, "")
        sentences = (state, make_printable(failure), suggest_resubmission(document))
        raise CommandFailedError(" ".join(filter(None, sentences)))
    raise CommandFailedError(
        f"{document.document} is not ready: {document.state}, {document.recognized} of {document.pages or '?'} pages. "
        f"`pagebus status {document.short_id}` shows its progress."
    )


def _join_failure(message: str | None, page: int | None, reason: str | None, page_message: str | None) -> str:
    first_page = "" if page is None else f"Page {page}: {': '.join(filter(None, (reason, page_message))).rstrip('.')}."
    return " ".join(filter(None, (message, first_page)))


def _list_empty_pages(empty: Sequence[int], unrecognized: Sequence[int]) -> str:
    empty_text = "Page {} is empty." if len(empty) == 1 else "Pages {} are empty."
    unrecognized_text = "No text was recognized on page{} {{}}.".format("" if len(unrecognized) == 1 else "s")
    texts = ((empty_text, empty), (unrecognized_text, unrecognized))
    return " ".join(text.format(format_ranges(pages)) for text, pages in texts if pages)
