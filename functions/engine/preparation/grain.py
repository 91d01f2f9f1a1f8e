"""Noise and specks, measured on a few samples, as they are the same all over a page."""

from PIL import Image, ImageChops, ImageFilter

_SIDE, _TILES = 128, 2
#: Takes away whatever is flat or sloping, and keeps six times the noise: J. Immerkaer, CVIU 64 (1996) 300.
_NOISE = ImageFilter.Kernel((3, 3), (1, -2, 1, -2, 4, -2, 1, -2, 1), scale=6, offset=128)
#: Half of all deviations of a normal distribution are larger. Half, not the mean: most of a page is paper.
_MEDIAN = 0.6745
#: A speck differs by so many gray levels from each of the eight pixels around it.
_SPECK = 60
#: Of all pixels: letters alone have fewer.
SPECKLED = 0.005


def samples(gray: Image.Image) -> Image.Image:
    """Squares from all over the page, side by side; a page that is no larger is its own sample."""
    side = min(_SIDE, *gray.size)
    found = Image.new("L", (side * _TILES, side * _TILES))
    for across in range(_TILES):
        for down in range(_TILES):
            left, top = (
                (size - side) * (1 + 2 * at) // (2 * _TILES) for size, at in zip(gray.size, (across, down), strict=True)
            )
            found.paste(gray.crop((left, top, left + side, top + side)), (across * side, down * side))
    return found


def noise(sample: Image.Image) -> float:
    """Its standard deviation in gray levels."""
    counts = sample.filter(_NOISE).point(lambda value: abs(value - 128)).histogram()
    # Between two levels, as most scans have less than one.
    below, half = 0, sum(counts) / 2
    for deviation, count in enumerate(counts):
        if below + count >= half:
            return max(0.0, deviation - 0.5 + (half - below) / count) / _MEDIAN
        below += count
    return 0.0


def specks(sample: Image.Image) -> float:
    """The share of pixels that stand alone, dark or bright."""
    dark = ImageChops.subtract(sample.filter(ImageFilter.RankFilter(3, 1)), sample)
    bright = ImageChops.subtract(sample, sample.filter(ImageFilter.RankFilter(3, 7)))
    alone = ImageChops.lighter(dark, bright).histogram()[_SPECK:]
    return sum(alone) / (sample.width * sample.height)


def despeckled(gray: Image.Image) -> Image.Image:
    """Without what is smaller than two by three pixels."""
    return gray.filter(ImageFilter.MedianFilter(3))
