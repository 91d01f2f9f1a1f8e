"""One engine's attempt at a page: what it read there, or why it did not."""

import time
from dataclasses import dataclass
from typing import NamedTuple

import structlog

from events.page import PageRequested
from events.reasons import PageFailure
from functions.engine.pages import PageImage, Pages
from functions.engine.preparation.mapping import on_page
from functions.engine.reader import Reader
from functions.engine.routing.calibration import Calibration
from functions.engine.routing.routing import Onward, at_sight, calibrated, recalibrated
from functions.engine.strokes import with_strokes
from functions.reading.reading import Reading
from functions.reading.store import Readings
from functions.runtime.errors import Unavailable
from functions.runtime.sandbox.problem import DocumentProblem
from functions.runtime.telemetry.spans import span

log = structlog.get_logger()


class Unread(Exception):  # noqa: N818  # it names the state of the page
    """The page has no reading of this engine, which spent so many seconds on it in vain."""

    def __init__(self, reason: PageFailure, message: str, seconds: float = 0.0) -> None:
        super().__init__(message)
        self.reason, self.message, self.seconds = reason, message, seconds


class Elsewhere(Exception):  # noqa: N818  # it says where the page goes unread
    """Another engine is to read the page."""

    def __init__(self, onward: Onward) -> None:
        super().__init__(onward.why)
        self.onward = onward


class Read(NamedTuple):
    """A reading, and the seconds before the engine could begin; none where it was found."""

    reading: Reading
    starting: float = 0.0


@dataclass(frozen=True)
class Attempts:
    """An engine's: its reader, what is known of how right it is, where pages come from and where readings are kept."""

    reader: Reader
    table: Calibration | None
    pages: Pages
    readings: Readings

    def at(self, request: PageRequested) -> Read:
        """Read the page, or find what was read. Raises Unread, Elsewhere and Unavailable."""
        self._check_languages(request)
        if kept := self.readings.find(request, self.reader.name, self._version):
            return Read(recalibrated(kept, self.table))
        begun = time.monotonic()
        try:
            image = self.pages.image(request)
        except DocumentProblem as problem:
            raise Unread(_page_failure(problem.reason), problem.message) from problem
        starting = time.monotonic() - begun
        if onward := at_sight(request, image.look, self.table):
            raise Elsewhere(onward)
        read = calibrated(self._read(request, image), image.look, self.table)
        return Read(recalibrated(self.readings.keep(request, read), self.table), starting)

    @property
    def _version(self) -> str:
        return self.reader.version + self.pages.rendering

    def _check_languages(self, request: PageRequested) -> None:
        if missing := sorted(set(request.languages) - self.reader.languages):
            known = ", ".join(sorted(self.reader.languages))
            message = f"{self.reader.name} does not know {', '.join(missing)}; it knows {known}"
            raise Unread(PageFailure.UNSUPPORTED_LANGUAGE, message)

    def _read(self, request: PageRequested, image: PageImage) -> Reading:
        begun = time.monotonic()
        try:
            with span("read", {"pagebus.engine": self.reader.name, "pagebus.pixels": len(image.raster.pixels)}):
                read = self.reader.read(image.raster, request.languages)
            # An answer of which nothing can be made is a failure too.
            placed = on_page(with_strokes(read, image), image)
        except Unavailable:
            raise
        except Exception as error:
            # Its type only: an engine's own words may be the document's.
            log.warning("engine.failed", document=str(request.document), page=request.page, error=type(error).__name__)
            message, spent = f"{self.reader.name} failed on the page", time.monotonic() - begun
            raise Unread(PageFailure.ENGINE_FAILED, message, spent) from error
        return placed.model_copy(update={"engine_version": self._version})


def _page_failure(reason: str) -> PageFailure:
    """Documents are opened with reasons of their own; and a job that its document took over may say anything."""
    if reason in PageFailure.__members__.values():
        return PageFailure(reason)
    damaged = {"damaged_pdf", "damaged_image", "password_required", "unsupported_type"}
    return PageFailure.DAMAGED_PAGE if reason in damaged else PageFailure.CRASHED
