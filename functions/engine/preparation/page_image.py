"""A page image for an engine, and the mapping of its coordinates to the rendered page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from functions.documents.model import Raster
from functions.engine.preparation.coordinates import CoordinateMapper
from functions.engine.preparation.measurements import PageMeasurements
from functions.reading.reading import Preparation, Reading


@dataclass(frozen=True)
class PageImage:
    """A page image that is ready to be read.

    `measurements` describe the rendered page before the preparation. `timings` contains the seconds of each step.
    """

    raster: Raster
    measurements: PageMeasurements
    preparation: Preparation | None = None
    timings: Mapping[str, float] = field(default_factory=dict)


def map_reading_to_page(reading: Reading, image: PageImage) -> Reading:
    """Return the reading of `image.raster` with all coordinates in pixels of the rendered page.

    The result also has the preparation of the image and the seconds of its steps.
    """
    timings = {**image.timings, **reading.timings}
    if image.preparation is None:
        return reading.model_copy(update={"timings": timings})
    page = image.measurements
    mapper = CoordinateMapper(image.preparation.to_page, page.width, page.height)
    update: Mapping[str, Any] = {
        "width": page.width,
        "height": page.height,
        "dpi": page.dpi,
        "lines": tuple(mapper.map_line(line) for line in reading.lines),
        "blocks": tuple(mapper.map_block(block) for block in reading.blocks),
        "preparation": image.preparation,
        "timings": timings,
    }
    return reading.model_copy(update=update)
