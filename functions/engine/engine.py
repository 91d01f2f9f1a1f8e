"""The work of an OCR engine on one page, and the possible outcomes."""

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

    `preparation_seconds` is the time to fetch, render and correct the page before the engine read it. It is 0 for a
    stored reading.
    """

    reading: Reading
    preparation_seconds: float = 0.0


@dataclass(frozen=True)
class ReadFailed:
    """The reason why this engine has no reading of the page. The failed attempt took `seconds`."""

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
        """Return an engine with the calibration from the folder of the reader's module."""
        return cls(reader, pages, load_calibration(type(reader)))

    @property
    def name(self) -> str:
        return self.reader.name

    @property
    def version(self) -> str:
        """The version of this engine's readings. It changes with everything that affects the result."""
        return self.reader.version + self.pages.rendering_version

    def check_languages(self, languages: Iterable[str]) -> ReadFailed | None:
        """Return a failure if the engine does not support one of these languages, else None."""
        unsupported = sorted(set(languages) - self.reader.languages)
        if not unsupported:
            return None
        supported = ", ".join(sorted(self.reader.languages))
        message = f"{self.name} does not support {', '.join(unsupported)}; it supports {supported}"
        return ReadFailed(PageFailure.UNSUPPORTED_LANGUAGE, message)

    def recalibrate(self, reading: Reading) -> Reading:
        """Return a stored reading with a confidence from the current calibration."""
        return recalibrate_reading(reading, self.calibration)

    def read_page(self, request: PageRequested) -> ReadOutcome:
        """Load and read the page image. Return the outcome. Raise Unavailable if a dependency is down."""
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
            # This is in the try block, because an invalid reading is a failure of the engine.
            reading = map_reading_to_page(add_unread_strokes(reading, raster, image.measurements), image)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  # engines raise any exception, and another engine can read the page
            # Only the type is logged: the error's text may contain text of the document.
            log.warning("engine.failed", document=str(request.document), page=request.page, error=type(error).__name__)
            seconds = time.monotonic() - started
            return ReadFailed(PageFailure.ENGINE_FAILED, f"{self.name} failed on the page", seconds)
        return reading.model_copy(update={"engine_version": self.version})


def _to_page_failure(reason: str) -> PageFailure:
    """Return the failure code of a page for the reason code of a document.

    An unknown reason counts as a crash, because a malicious document may have taken over the job.
    """
    if reason in PageFailure.__members__.values():
        return PageFailure(reason)
    damaged = {"damaged_pdf", "damaged_image", "password_required", "unsupported_type"}
    return PageFailure.DAMAGED_PAGE if reason in damaged else PageFailure.CRASHED
