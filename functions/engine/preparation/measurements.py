"""The measurements of a page image before any correction."""

from typing import Annotated

from pydantic import BaseModel, Field

Share = Annotated[float, Field(ge=0, le=1)]
NonNegative = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]
#: A length in pixels. The limit is above the size of any page, and prevents overflows in computations with lengths.
Length = Annotated[int, Field(ge=1, le=1 << 20)]


class PageMeasurements(BaseModel, frozen=True, allow_inf_nan=False):
    """The measurements of a page image. Lengths are pixels of the rendered page.

    Text height and skew are 0 if the page has no text lines.
    """

    width: Length
    height: Length
    dpi: Length = Field(description="Dots per inch, as stated by the document or as rendered; otherwise an estimate.")
    dpi_stated: bool = Field(description="Whether the document states its size on paper.")
    is_sideways: bool = Field(
        default=False, description="Text lines run up or down: ink varies more from column to column."
    )
    ascender_excess: Annotated[float, Field(ge=-1, le=1)] = Field(
        0.0, description="Ink above the bodies of the lines minus ink below them, divided by the sum of both."
    )
    skew_degrees: Annotated[float, Field(ge=-45, le=45)] = Field(
        0.0, description="Clockwise rotation of the text lines."
    )
    paper_level: Annotated[int, Field(ge=0, le=255)] = Field(255, description="Gray level of the paper.")
    contrast: Share = Field(1.0, description="Difference between paper and ink, as a share of 255 gray levels.")
    shading: Share = Field(
        0.0, description="Difference between the brightest and the darkest paper, as a share of the brightest."
    )
    noise: NonNegative = Field(0.0, description="Standard deviation of the paper's gray levels.")
    has_specks: bool = Field(default=False, description="More isolated pixels than dots and fine print have.")
    text_height: NonNegative = Field(
        0.0, description="Median height of the bodies of the lines, without ascenders and descenders."
    )
    rows: Count = Field(
        0, description="Text lines below each other, counted in the sixth of the width with most lines."
    )
    ruling_lines: Count = Field(
        0, description="Straight lines across a large part of the page, as forms and tables have them."
    )
