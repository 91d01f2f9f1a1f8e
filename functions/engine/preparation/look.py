"""What a page looks like: measured on its pixels, before anything was done to them."""

from typing import Annotated

from pydantic import BaseModel, Field

Share = Annotated[float, Field(ge=0, le=1)]
NonNegative = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]
#: No page is longer, and whatever is computed of it stays finite.
Length = Annotated[int, Field(ge=1, le=1 << 20)]


class Look(BaseModel, frozen=True, allow_inf_nan=False):
    """Where nothing is written, text height is 0 and skew too. Lengths are pixels of the page as it was rendered."""

    width: Length
    height: Length
    dpi: Length = Field(description="Dots per inch, as stated or as rendered; else a guess.")
    dpi_stated: bool = Field(description="Whether the document says how large it is on paper.")
    sideways: bool = Field(default=False, description="Lines run up or down: ink varies more from column to column.")
    ascenders: Annotated[float, Field(ge=-1, le=1)] = Field(
        0.0, description="What stands above the bodies of the lines less what hangs below, as a share of both."
    )
    skew_degrees: Annotated[float, Field(ge=-45, le=45)] = Field(0.0, description="Clockwise, of the lines of text.")
    paper: Annotated[int, Field(ge=0, le=255)] = Field(255, description="Gray level of the paper.")
    contrast: Share = Field(1.0, description="Between paper and ink, as a share of the 255 levels there are.")
    shading: Share = Field(0.0, description="Between the brightest and the darkest paper, as a share of the brightest.")
    noise: NonNegative = Field(0.0, description="Standard deviation on paper, in gray levels.")
    speckled: bool = Field(default=False, description="More pixels stand alone than in dots and fine print.")
    text_height: NonNegative = Field(0.0, description="Of a line's body without ascenders and descenders: the median.")
    rows: Count = Field(0, description="Lines of text one below the other, in the sixth of the width that has most.")
    rules: Count = Field(
        0, description="Straight lines drawn across a good part of the page, as forms and tables have."
    )
