"""Which treatment pays for a page of this look. Each threshold is where reading got better on spoilt pages."""

from math import sqrt

from functions.engine.preparation.geometry import prepared_size
from functions.engine.preparation.look import Look
from functions.engine.preparation.treatment import Treatment, Turn

#: In degrees. Engines level less than this themselves, and a turned pixel is a blurred one.
_CROOKED = 1.2
#: Of the contrast. Grain of more than this breaks letters into dots.
_NOISY = 0.05
#: In pixels, the blur that takes it off and leaves the strokes of small print.
_BLUR = 1.0
#: Of the contrast, where paper is white. What is darker than this in places, in a shadow or in the gray fields of a
#: form, is taken for ink by one threshold for the whole page, and all that is written there is lost.
_SHADED = 0.2
#: In pixels: bodies that are lower are scaled up to this, about 200 dpi.
_SMALL, _READABLE = 8, 14
_LARGEST_SCALE = 3.0
#: Whoever scales by less blurs every pixel for nothing: rendering rounds a page's size up.
_HARDLY = 0.01
#: Upright pages have more ascenders than this, and upside down there are fewer than none.
_FEW_ASCENDERS = 0.08


def plan(look: Look, *, max_pixels: int, turned: Turn | None = None) -> Treatment:
    """What to do before reading, in at most `max_pixels`. `turned` is the turn where it is known."""
    is_noisy = look.noise > _NOISY * look.contrast * 255
    laid = Treatment(
        turned=_turn(look) if turned is None else turned,
        straightened=look.skew_degrees if abs(look.skew_degrees) >= _CROOKED else 0.0,
    )
    width, height = prepared_size((look.width, look.height), laid)
    return Treatment(
        turned=laid.turned,
        straightened=laid.straightened,
        scale=_scale(look, room=sqrt(max_pixels / (width * height))),
        despeckled=look.speckled,
        smoothed=_BLUR if is_noisy else 0.0,
        evened=is_noisy or look.shading * look.paper > _SHADED * look.contrast * 255,
    )


def in_doubt(look: Look) -> bool:
    """Whether to ask which way is up, which takes as long as reading a quarter of the page."""
    return look.rows > 0 and (look.sideways or look.ascenders < _FEW_ASCENDERS)


def _turn(look: Look) -> Turn:
    """Which side is up on a page that lies sideways. One upside down looks too much like one of rules and capitals."""
    if not look.sideways:
        return 0
    return 90 if look.ascenders < 0 else 270


def _scale(look: Look, room: float) -> float:
    """A little smaller where the corners of a crooked page would not fit into the pixels there may be."""
    wanted = _READABLE / look.text_height if 0 < look.text_height < _SMALL else 1.0
    scale = min(wanted, _LARGEST_SCALE, room)
    return 1.0 if abs(scale - 1) < _HARDLY else scale
