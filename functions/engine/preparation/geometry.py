"""How the pixels of a prepared page lie on the page."""

from math import ceil, cos, radians, sin

from functions.engine.preparation.treatment import Treatment
from functions.reading.reading import Affine

Size = tuple[int, int]


def prepared_size(page: Size, treatment: Treatment) -> Size:
    """Large enough for the whole page, as it lies after turning."""
    width, height = page[::-1] if treatment.turned in (90, 270) else page
    slant = radians(abs(treatment.straightened))
    across, down = width * cos(slant) + height * sin(slant), width * sin(slant) + height * cos(slant)
    # A rounding error is no reason for one more column.
    return ceil(across * treatment.scale - 1e-6), ceil(down * treatment.scale - 1e-6)


def to_page(page: Size, treatment: Treatment) -> Affine:
    """From a place on the prepared page to the same place on the page: about the centre of both."""
    width, height = prepared_size(page, treatment)
    stood = radians(treatment.straightened - treatment.turned)
    cosine, sine = cos(stood) / treatment.scale, sin(stood) / treatment.scale
    return (
        cosine,
        -sine,
        page[0] / 2 - cosine * width / 2 + sine * height / 2,
        sine,
        cosine,
        page[1] / 2 - sine * width / 2 - cosine * height / 2,
    )
