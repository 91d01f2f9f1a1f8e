"""From what was seen of a document to what is said of it: the plan, a request or a text per page, and the rest."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from events.document import DocumentAccepted, DocumentUploaded, PagePlan
from events.event import Event
from events.page import PageRecognized, PageRequested
from functions.intake.examination import Examined
from functions.intake.finding import Found
from functions.intake.inspection import PageSeen
from functions.intake.settings import IntakeSettings
from functions.intake.text_layers import recognized
from functions.intake.wishes import Wishes
from functions.reading.store import Readings

#: Of the announcement, for the rest of the document: the same bytes, and the same beginning.
_KEPT = ("etag", "version_id", "uploaded_at")


@dataclass(frozen=True, kw_only=True)
class _Planning:
    found: Found
    examined: Examined
    wished: Wishes
    bulk: bool

    def accepted(self) -> DocumentAccepted:
        first = self.found.upload.first_page
        return DocumentAccepted(
            **self.found.origin(),
            sha256=self.examined.sha256,
            media_type=self.examined.media_type,
            size=self.examined.size,
            pages=self.examined.pages,
            first_page=first,
            plan=tuple(self._plan(seen) for seen in self.examined.seen),
            languages=self.wished.languages,
            engines=self.wished.route if self.wished.engines_named else None,
            outputs=self.wished.outputs,
            min_confidence=self.wished.min_confidence,
            consensus=self.wished.consensus,
            bulk=self.bulk,
        )

    def request(self, seen: PageSeen, now: datetime) -> PageRequested:
        first, *rest = self.wished.route
        return PageRequested(
            **self.found.origin(),
            page=seen.page,
            pages=self.examined.pages,
            sha256=self.examined.sha256,
            media_type=self.examined.media_type,
            languages=self.wished.languages,
            engine=first,
            route=tuple(rest),
            why=f"{seen.why}; first on the route",
            min_confidence=self.wished.min_confidence,
            consensus=self.wished.consensus,
            bulk=self.bulk,
            requested_at=now,
        )

    def rest(self) -> Iterator[DocumentUploaded]:
        last = self.found.upload.first_page + len(self.examined.seen) - 1
        if last < self.examined.pages:
            kept = {name: value for name, value in self.found.origin().items() if name in _KEPT}
            rest = {"first_page": last + 1, "pages": self.examined.pages}
            yield self.found.upload.model_copy(update=kept | rest)

    def _plan(self, seen: PageSeen) -> PagePlan:
        return PagePlan(page=seen.page, route=() if seen.text is not None else self.wished.route, why=seen.why)


def planned(
    found: Found, examined: Examined, wished: Wishes, readings: Readings, settings: IntakeSettings
) -> list[Event]:
    """Everything that is said of this range of pages. Readings of text layers are kept before. Raises Unavailable."""
    planning = _Planning(found=found, examined=examined, wished=wished, bulk=examined.pages >= settings.bulk_from_pages)
    now = datetime.now(UTC)
    pages: list[PageRequested | PageRecognized] = []
    for seen in examined.seen:
        request = planning.request(seen, now)
        if seen.text is None:
            pages.append(request)
        else:
            pages.append(recognized(request, seen, readings, settings.inline_text_bytes))
    return [planning.accepted(), *pages, *planning.rest()]
