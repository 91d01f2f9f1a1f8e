"""Builder of the events that accept a range of pages: the plan, a request or text per page, and the next range."""

from dataclasses import dataclass
from datetime import UTC, datetime

from events.document import DocumentAccepted, DocumentUploaded, PagePlan
from events.event import Event
from events.page import PageRecognized, PageRequested, Seconds
from functions.intake.inspection import InspectedPage, TextPositions
from functions.intake.inspector import InspectedDocument
from functions.intake.options import ResolvedOptions
from functions.intake.settings import IntakeSettings
from functions.intake.upload import UploadedObject
from functions.reading.reading import Reading
from functions.reading.store import ReadingStore

#: Fields that the event for the next range copies from this document, so that all ranges come from the same bytes.
_FIELDS_OF_NEXT_RANGE = ("etag", "version_id", "uploaded_at")
#: The engine name in readings of text layers. Since version 2, these have reading order, lines and blocks.
_ENGINE, _ENGINE_VERSION = "textlayer", "2"
#: The unit of PDF is the point, 1/72 inch.
_POINTS_PER_INCH = 72


def build_acceptance_events(
    uploaded: UploadedObject,
    document: InspectedDocument,
    options: ResolvedOptions,
    readings: ReadingStore,
    settings: IntakeSettings,
) -> list[Event]:
    """Return the events that accept the inspected range of pages.

    The readings of text layers are saved first, so that the events can refer to them. Raise Unavailable if the store
    does not answer.
    """
    bulk = document.pages >= settings.bulk_from_pages
    accepted = _AcceptedRange(uploaded=uploaded, document=document, options=options, bulk=bulk)
    now = datetime.now(UTC)
    pages: list[PageRequested | PageRecognized] = []
    for page in document.inspected_pages:
        # A page with a text layer needs a request too: the store computes the key of its reading from the request.
        request = accepted.build_page_requested(page, now)
        if page.text is None:
            pages.append(request)
        else:
            pages.append(_save_text_layer(request, page, page.text, readings, settings.inline_text_bytes))
    return [accepted.build_document_accepted(), *pages, *accepted.build_next_range()]


@dataclass(frozen=True, kw_only=True)
class _AcceptedRange:
    """An accepted range of pages, and builders for the events about it."""

    uploaded: UploadedObject
    document: InspectedDocument
    options: ResolvedOptions
    bulk: bool

    def build_document_accepted(self) -> DocumentAccepted:
        return DocumentAccepted(
            **self.uploaded.document_fields,
            sha256=self.document.sha256,
            media_type=self.document.media_type,
            size=self.document.size,
            pages=self.document.pages,
            first_page=self.uploaded.upload.first_page,
            plan=tuple(self._plan_page(page) for page in self.document.inspected_pages),
            languages=self.options.languages,
            engines=self.options.route if self.options.has_named_engines else None,
            outputs=self.options.outputs,
            min_confidence=self.options.min_confidence,
            consensus=self.options.consensus,
            bulk=self.bulk,
        )

    def build_page_requested(self, page: InspectedPage, now: datetime) -> PageRequested:
        first_engine, *remaining_engines = self.options.route
        return PageRequested(
            **self.uploaded.document_fields,
            page=page.page,
            pages=self.document.pages,
            sha256=self.document.sha256,
            media_type=self.document.media_type,
            languages=self.options.languages,
            engine=first_engine,
            route=tuple(remaining_engines),
            why=f"{page.why}; first on the route",
            min_confidence=self.options.min_confidence,
            consensus=self.options.consensus,
            bulk=self.bulk,
            requested_at=now,
        )

    def build_next_range(self) -> list[DocumentUploaded]:
        """Return the event that requests the next range from intake, or an empty list after the last page."""
        upload, pages = self.uploaded.upload, self.document.pages
        next_page = upload.first_page + len(self.document.inspected_pages)
        if next_page > pages:
            return []
        fields = {name: self.uploaded.document_fields[name] for name in _FIELDS_OF_NEXT_RANGE}
        return [upload.model_copy(update={**fields, "first_page": next_page, "pages": pages})]

    def _plan_page(self, page: InspectedPage) -> PagePlan:
        return PagePlan(page=page.page, route=self.options.route if page.text is None else (), why=page.why)


def _save_text_layer(
    request: PageRequested, page: InspectedPage, text: str, readings: ReadingStore, inline_text_bytes: int
) -> PageRecognized:
    """Save a text layer in the form of an engine's reading, and return the result of the page. `text` is its text."""
    positions = TextPositions(lines=(), blocks=())
    if page.positions_json:
        positions = TextPositions.model_validate_json(page.positions_json)
    reading = Reading(
        engine=_ENGINE,
        engine_version=_ENGINE_VERSION,
        languages=request.languages,
        text=text,
        confidence=1.0,
        width=page.width,
        height=page.height,
        dpi=_POINTS_PER_INCH,
        blocks=positions.blocks,
        lines=positions.lines,
    )
    stored_reading = readings.save_if_absent(request, reading)
    return PageRecognized(
        **request.page_fields,
        **stored_reading.as_event_fields(inline_text_bytes),
        seconds=Seconds(waiting=0, starting=0, reading=0),
        why=page.why,
        best_effort=False,
        dataref=readings.make_reference(request, stored_reading).dataref,
    )
