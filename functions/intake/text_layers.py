"""A page that brings its own text: kept as a reading like any engine's, so that no later step sees a difference."""

from events.page import PageRecognized, PageRequested, Seconds
from functions.intake.inspection import PageSeen, Places
from functions.reading.reading import Reading
from functions.reading.store import Readings

#: The version is of what is made of a text layer: 2 puts it in reading order, and has lines and blocks.
ENGINE, VERSION = "textlayer", "2"
#: PDF measures in points.
_DPI = 72


def recognized(request: PageRequested, seen: PageSeen, readings: Readings, inline_text_bytes: int) -> PageRecognized:
    """Keep the text that intake saw on a page, and say so. Raises Unavailable."""
    places = Places.model_validate_json(seen.places) if seen.places else Places(lines=(), blocks=())
    reading = Reading(
        engine=ENGINE,
        engine_version=VERSION,
        languages=request.languages,
        text=seen.text or "",
        confidence=1.0,
        width=seen.width,
        height=seen.height,
        dpi=_DPI,
        blocks=places.blocks,
        lines=places.lines,
    )
    kept = readings.keep(request, reading)
    return PageRecognized(
        **request.place(),
        **kept.told(inline_text_bytes),
        seconds=Seconds(waiting=0, starting=0, reading=0),
        why=seen.why,
        best_effort=False,
        dataref=readings.reference(request, kept).dataref,
    )
