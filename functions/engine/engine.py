"""The work of an OCR engine on one page, and its possible outcomes."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from events.page import PageRequested
from events.reasons import PageFailure
from functions.engine.page_source import PageSource
from functions.engine.preparation.page_image import PageImage, map_reading_to_page
from functions.engine.reader import Reader
from functions.engine.routing.calibration import (
    Calibration,
    calibrate_reading,
    load_calibration,
    recalibrate_reading,
)
from functions.engine.routing.decisions import PagePassedOn, route_before_reading
from functions.engine.routing.unread_strokes import add_unread_strokes
from functions.reading.reading import Reading
from functions.runtime.errors import Unavailable
from functions.runtime.log import get_logger
from functions.runtime.sandbox.problem import DocumentProblem
from functions.runtime.telemetry.spans import trace_span

log = get_logger()


@dataclass(frozen=True)
class PageRead:
    """A reading of the page by this engine.

    `preparation_seconds` passed before the engine could start: the time to fetch, render and correct the page. It is 0
    for a stored reading.
    """

    reading: Reading
    preparation_seconds: float = 0.0


@dataclass(frozen=True)
class ReadFailed:
    """The reason why this engine has no reading of the page. The engine spent `seconds` on it."""

    reason: PageFailure
    message: str
    seconds: float = 0.0


#: The possible outcomes of one engine's work on one page.
ReadOutcome = PageRead | PagePassedOn | ReadFailed


@dataclass(frozen=True)
class Engine:
    """An OCR engine: its reader, the source of its page images, and its calibration if it has one."""

    reader: Reader
    pages: PageSource
    calibration: Calibration | None

    @classmethod
    def from_reader(cls, reader: Reader, pages: PageSource) -> Self:
        """Return an engine with the calibration that lies beside the reader's module."""
        return cls(reader, pages, load_calibration(type(reader)))

    @property
    def name(self) -> str:
        return self.reader.name

    @property
    def version(self) -> str:
        """The version of this engine's readings. It names everything that changes what the engine reads."""
        return self.reader.version + self.pages.rendering_version

    def check_languages(self, languages: Iterable[str]) -> ReadFailed | None:
        """Return a failure if the engine does not support all of these languages."""
        unsupported = sorted(set(languages) - self.reader.languages)
        if not unsupported:
            return None
        supported = ", ".join(sorted(self.reader.languages))
        message = f"{self.name} does not know {', '.join(unsupported)}; it knows {supported}"
        return ReadFailed(PageFailure.UNSUPPORTED_LANGUAGE, message)

    def recalibrate(self, reading: Reading) -> Reading:
        """Return a stored reading with the confidence that the current calibration gives it."""
        return recalibrate_reading(reading, self.calibration)

    def read_page(self, request: PageRequested) -> ReadOutcome:
        """Load the page image and read it. Raise Unavailable if a dependency is down."""
        started = time.monotonic()
        try:
            image = self.pages.load_image(request)
        except DocumentProblem as problem:
            return ReadFailed(_to_page_failure(problem.reason), problem.message)
        preparation_seconds = time.monotonic() - started
        if passed_on := route_before_reading(request, image.measurements, self.calibration):
            return passed_on
        outcome = self._read_image(request, image)
        if isinstance(outcome, ReadFailed):
            return outcome
        return PageRead(calibrate_reading(outcome, image.measurements, self.calibration), preparation_seconds)

    def _read_image(self, request: PageRequested, image: PageImage) -> Reading | ReadFailed:
        started = time.monotonic()
        raster = image.raster
        try:
            with trace_span("read", {"pagebus.engine": self.name, "pagebus.pixels": len(raster.pixels)}):
                reading = self.reader.read(raster, request.languages)
            # These steps are within the try block: a reading that they cannot process is a failure of the engine.
            reading = map_reading_to_page(add_unread_strokes(reading, raster, image.measurements), image)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  # engines raise anything, and the page has other engines
            # Only the type is logged: the error's text may contain text of the document.
            log.warning("engine.failed", document=str(request.document), page=request.page, error=type(error).__name__)
            seconds = time.monotonic() - started
            return ReadFailed(PageFailure.ENGINE_FAILED, f"{self.name} failed on the page", seconds)
        return reading.model_copy(update={"engine_version": self.version})


def _to_page_failure(reason: str) -> PageFailure:
    """Return the failure code of a page for the reason code of a document.

    Unknown reasons count as a crash: a document may have taken over its job and made it return anything.
    """
    if reason in PageFailure.__members__.values():
        return PageFailure(reason)
    damaged = {"damaged_pdf", "damaged_image", "password_required", "unsupported_type"}
    return PageFailure.DAMAGED_PAGE if reason in damaged else PageFailure.CRASHED
