"""What a document that has stopped moving lacks. No input or output here."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from events.document import DocumentFailed, DocumentRecognized, DocumentUploaded, Options, OutputFormat
from events.event import Event, OfDocument
from events.page import PageFailed, PageRecognized, PageRequested
from events.reasons import DocumentFailure, PageFailure
from events.states import DocumentState
from functions.reconciler.asking import Asking, Waiting, asking, within_reach
from functions.reconciler.best import Best
from functions.reconciler.giving_up import GivenUp, given_up


@dataclass(frozen=True, kw_only=True)
class Stuck:
    """A document's row. What acceptance tells is None before; `now` is the database's.

    `long_overdue`: it was pushed a few times since its deadline, and nothing moved it.
    """

    document: UUID
    tenant: str
    bucket: str
    key: str
    version_id: str | None
    etag: str
    run: int
    uploaded_at: datetime | None
    state: str
    pages: int | None
    accepted: bool
    sha256: str | None
    media_type: str | None
    languages: list[str] | None
    engines: list[str] | None
    outputs: list[str] | None
    min_confidence: float | None
    consensus: bool | None
    bulk: bool | None
    traceparent: str | None
    overdue: bool
    long_overdue: bool = False
    now: datetime

    def origin(self) -> dict[str, Any]:
        """The fields that every event of this document carries."""
        return {name: getattr(self, name) for name in OfDocument.model_fields}


class Bounds(Protocol):
    """`max_attempts` requests that end their engine give a page up. `inline_text_bytes` of text an event may carry.

    After `attempts_before_others` without an answer, other engines are asked.
    """

    @property
    def max_attempts(self) -> int: ...

    @property
    def attempts_before_others(self) -> int: ...

    @property
    def inline_text_bytes(self) -> int: ...


def missing(
    stuck: Stuck, unplanned: int | None, waiting: Sequence[Waiting], engines: Collection[str], bounds: Bounds
) -> list[Event]:
    """What to say again. `unplanned` is the first page that has neither a result nor an engine to wait for.

    `engines` are those that can be asked; where there is none at all, Kafka is not set up yet, and no page is.
    """
    if stuck.overdue:
        return _overdue(stuck, unplanned, waiting, bounds.inline_text_bytes)
    if not stuck.accepted:
        return [_upload(stuck, 1)]
    if stuck.state == DocumentState.ASSEMBLING:
        return [_recognized(stuck)]
    unseen = [_upload(stuck, unplanned)] if unplanned else []
    return [*unseen, *(_pages(stuck, waiting, engines, bounds) if engines else ())]


def _overdue(stuck: Stuck, unplanned: int | None, waiting: Sequence[Waiting], inline_text_bytes: int) -> list[Event]:
    """Its end; but where only better readings are waited for, those that are there. With them it has another moment."""
    read = [(page, page.best) for page in waiting if page.best]
    if read and len(read) == len(waiting) and not unplanned:
        return [_best(stuck, page, best, "it was not finished in time", inline_text_bytes) for page, best in read]
    message = (
        "It was not finished in time. Upload it under another name; if that fails too, tell whoever runs this service."
    )
    return [DocumentFailed(**stuck.origin(), reason=DocumentFailure.DEADLINE_EXCEEDED, message=message)]


def _upload(stuck: Stuck, first_page: int) -> DocumentUploaded:
    return DocumentUploaded(
        bucket=stuck.bucket,
        key=stuck.key,
        version_id=stuck.version_id,
        etag=stuck.etag,
        options=_options(stuck),
        first_page=first_page,
        pages=stuck.pages if first_page > 1 else None,
        uploaded_at=stuck.uploaded_at,
    )


def _options(stuck: Stuck) -> Options:
    """As they were settled at acceptance, so that the rest of a document is read like its beginning."""
    return Options(
        languages=tuple(stuck.languages) if stuck.languages else None,
        engines=tuple(stuck.engines) if stuck.engines else None,
        outputs=_outputs(stuck) or None,
        min_confidence=stuck.min_confidence,
        consensus=stuck.consensus,
        run=stuck.run,
    )


def _outputs(stuck: Stuck) -> tuple[OutputFormat, ...]:
    return tuple(OutputFormat(name) for name in stuck.outputs or ())


def _recognized(stuck: Stuck) -> DocumentRecognized:
    # Columns may be null, and the events refuse that.
    said = {"sha256": stuck.sha256, "pages": stuck.pages, "outputs": _outputs(stuck)}
    return DocumentRecognized.model_validate({**stuck.origin(), **said})


def _pages(
    stuck: Stuck, waiting: Sequence[Waiting], engines: Collection[str], bounds: Bounds
) -> Iterator[PageFailed | PageRecognized | PageRequested]:
    for page in waiting:
        if end := given_up(page, engines, bounds.max_attempts):
            yield _ended(stuck, page, end, bounds.inline_text_bytes)
        else:
            whom = asking(within_reach(page, engines), bounds.attempts_before_others)
            yield request(stuck, page, whom)


def _ended(stuck: Stuck, page: Waiting, end: GivenUp, inline_text_bytes: int) -> PageFailed | PageRecognized:
    if page.best is None:
        return _failed(stuck, page, end.reason, end.message)
    return _best(stuck, page, page.best, end.why, inline_text_bytes)


def _best(stuck: Stuck, page: Waiting, best: Best, why: str, inline_text_bytes: int) -> PageRecognized:
    said = {"page": page.page, "pages": stuck.pages, "attempt": page.attempts}
    return PageRecognized.model_validate({**stuck.origin(), **said, **best.result(why, stuck.now, inline_text_bytes)})


def _failed(stuck: Stuck, page: Waiting, reason: PageFailure, message: str) -> PageFailed:
    said = {
        "page": page.page,
        "pages": stuck.pages,
        "reason": reason,
        "message": message,
        "engine": page.route[0],
        "attempt": page.attempts,
    }
    return PageFailed.model_validate({**stuck.origin(), **said})


def request(stuck: Stuck, page: Waiting, whom: Asking) -> PageRequested:
    """One more for a page of an accepted document."""
    said = {
        "page": page.page,
        "pages": stuck.pages,
        "sha256": stuck.sha256,
        "media_type": stuck.media_type,
        "languages": tuple(stuck.languages or ()),
        "engine": whom.engine,
        "route": whom.route,
        "why": whom.why,
        "best": whom.best,
        "spent": whom.spent,
        "min_confidence": stuck.min_confidence,
        "consensus": bool(stuck.consensus),
        "attempt": page.attempts + 1,
        "bulk": bool(stuck.bulk),
        "requested_at": stuck.now,
    }
    return PageRequested.model_validate({**stuck.origin(), **said})
