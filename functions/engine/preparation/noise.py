"""Measure noise and specks on a few samples of a page, because they are similar everywhere on a page."""

from PIL import Image, ImageChops, ImageFilter

_TILE_SIDE, _TILES_PER_AXIS = 128, 2
#: This filter keeps the noise and removes flat and sloping areas: J. Immerkaer, CVIU 64 (1996) 300. The weights
#: multiply the standard deviation of the noise by six, and `scale` divides it by six.
_NOISE_FILTER = ImageFilter.Kernel((3, 3), (1, -2, 1, -2, 4, -2, 1, -2, 1), scale=6, offset=128)
#: The median of the absolute deviations of a normal distribution, in standard deviations. In contrast to the mean, the
#: median is not affected by ink, because most of a page is paper.
_MEDIAN_DEVIATION = 0.6745
#: The smallest difference in gray levels between a speck and each of the eight pixels around it.
_MIN_SPECK_DIFFERENCE = 60
#: The largest share of isolated pixels on a page without specks. Letters have fewer isolated pixels.
MAX_SPECK_SHARE = 0.005


def sample_tiles(gray: Image.Image) -> Image.Image:
    """Return one image that consists of four square samples of the page. Small pages have smaller samples."""
    side = min(_TILE_SIDE, *gray.size)
    tiles = Image.new("L", (side * _TILES_PER_AXIS, side * _TILES_PER_AXIS))
    for column in range(_TILES_PER_AXIS):
        for row in range(_TILES_PER_AXIS):
            left, top = (
                (size - side) * (1 + 2 * index) // (2 * _TILES_PER_AXIS)
                for size, index in zip(gray.size, (column, row), strict=True)
            )
            tiles.paste(gray.crop((left, top, left + side, top + side)), (column * side, row * side))
    return tiles


def estimate_noise(sample: Image.Image) -> float:
    """Return the standard deviation of the noise in gray levels."""
    counts = sample.filter(_NOISE_FILTER).point(lambda value: abs(value - 128)).histogram()
    below, half = 0, sum(counts) / 2
    for deviation, count in enumerate(counts):
        if below + count >= half:
            # Interpolate between two levels, because the noise of most scans is below one level.
            return max(0.0, deviation - 0.5 + (half - below) / count) / _MEDIAN_DEVIATION
        below += count
    return 0.0


def measure_specks(sample: Image.Image) -> float:
    """Return the share of isolated dark or bright pixels, from 0 to 1."""
    dark = ImageChops.subtract(sample.filter(ImageFilter.RankFilter(3, 1)), sample)
    bright = ImageChops.subtract(sample, sample.filter(ImageFilter.RankFilter(3, 7)))
    isolated = ImageChops.lighter(dark, bright).histogram()[_MIN_SPECK_DIFFERENCE:]
    return sum(isolated) / (sample.width * sample.height)


def remove_specks(gray: Image.Image) -> Image.Image:
    """Return the image without marks of less than two by three pixels."""
    return gray.filter(ImageFilter.MedianFilter(3))
