"""Results of the sandbox are checked, because a document may have taken over its job."""

import pytest

from functions.engine.page_source import build_page_image
from functions.engine.preparation.correction_plan import CorrectionPlan
from functions.engine.preparation.measurements import PageMeasurements
from functions.engine.render_job import RenderedPage
from functions.runtime.sandbox.problem import DocumentProblem


def test_page_without_pixels_is_rejected() -> None:
    # An empty image would crash Tesseract's orientation detection, and the process with it.
    measurements = PageMeasurements(width=1, height=1, dpi=300, dpi_stated=True, rows=5, is_sideways=True)

    with pytest.raises(DocumentProblem, match="The reader crashed"):
        build_page_image(RenderedPage(measurements=measurements, corrections=CorrectionPlan(scale=1e-9)), b"")
