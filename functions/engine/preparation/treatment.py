"""What is done to a page before it is read."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

Turn = Literal[0, 90, 180, 270]

_TURNED = {90: "turned by 90° clockwise", 180: "turned by 180°", 270: "turned by 90° counter-clockwise"}


class Treatment(BaseModel, frozen=True, allow_inf_nan=False):
    """In numbers, as it comes out of the sandbox: a document that took over its job can say nothing else."""

    turned: Turn = Field(0, description="degrees clockwise")
    straightened: Annotated[float, Field(ge=-45, le=45)] = Field(0.0, description="degrees counter-clockwise")
    scale: Annotated[float, Field(gt=0, le=8)] = 1.0
    despeckled: bool = Field(default=False, description="by a median of nine pixels")
    smoothed: Annotated[float, Field(ge=0, le=5)] = Field(0.0, description="standard deviation of the blur in pixels")
    evened: bool = Field(default=False, description="paper made white and ink black everywhere")

    @property
    def steps(self) -> tuple[str, ...]:
        """In words, in the order in which they were done."""
        said = (
            _TURNED.get(self.turned),
            f"straightened by {abs(self.straightened):.1f}°" if self.straightened else None,
            f"scaled by {self.scale:.2f}" if self.scale != 1 else None,
            "specks taken off" if self.despeckled else None,
            "noise smoothed" if self.smoothed else None,
            "contrast evened" if self.evened else None,
        )
        return tuple(step for step in said if step)
