"""What comes out of the sandbox is not believed: a document may have taken over its job."""

import pytest

from functions.engine.pages import _image
from functions.engine.preparation.look import Look
from functions.engine.preparation.treatment import Treatment
from functions.engine.request import Rendered
from functions.runtime.sandbox.problem import DocumentProblem


def test_a_page_without_pixels_never_reaches_a_library_that_would_end_the_process() -> None:
    look = Look(width=1, height=1, dpi=300, dpi_stated=True, rows=5, sideways=True)

    with pytest.raises(DocumentProblem, match="ended its reader"):
        _image(Rendered(look=look, treatment=Treatment(scale=1e-9)), b"")
