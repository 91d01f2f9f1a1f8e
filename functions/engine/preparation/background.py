"""Separate paper from ink: estimate the brightness of the paper, and find thresholds for ink."""

from itertools import accumulate

from PIL import Image, ImageChops, ImageFilter

#: The longer side of the coarse image in pixels. At this size, letters are as small as noise.
_COARSE_SIDE = 128
#: The filter size in pixels of the coarse image: about a centimetre of A4, or two text lines with the paper between.
_FILTER_SIZE = 5


def estimate_background(gray: Image.Image) -> Image.Image:
    """Return a coarse image of the paper without ink. A morphological closing removes the ink and keeps shadows."""
    coarse = gray.reduce(max(1, round(max(gray.size) / _COARSE_SIDE)))
    closed = coarse.filter(ImageFilter.MaxFilter(_FILTER_SIZE)).filter(ImageFilter.MinFilter(_FILTER_SIZE))
    return closed.filter(ImageFilter.GaussianBlur(_FILTER_SIZE / 2))


def subtract_background(gray: Image.Image, background: Image.Image) -> Image.Image:
    """Return an image of the difference between the paper and each pixel, in gray levels."""
    return ImageChops.subtract(background.resize(gray.size, Image.Resampling.BILINEAR), gray)


def find_percentile(image: Image.Image, share: float) -> int:
    """Return the lowest gray level at which this share of the pixels (0 to 1) is as dark or darker."""
    wanted_count = share * image.width * image.height
    return next(level for level, below in enumerate(accumulate(image.histogram())) if below >= wanted_count)


def compute_otsu_threshold(image: Image.Image) -> int:
    """Return the highest gray level of the dark class by the method of N. Otsu, IEEE Transactions SMC 9 (1979) 62."""
    counts = image.histogram()
    total, total_levels = sum(counts), sum(level * count for level, count in enumerate(counts))
    best_variance, threshold, below, levels_below = -1.0, 0, 0, 0
    for level, count in enumerate(counts[:-1]):
        below, levels_below = below + count, levels_below + level * count
        if not 0 < below < total:
            continue
        variance = (total_levels * below - levels_below * total) ** 2 / (below * (total - below))
        if variance > best_variance:
            best_variance, threshold = variance, level
    return threshold
