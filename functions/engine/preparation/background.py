"""Separate paper from ink: estimate the brightness of the paper, and threshold gray levels."""

from itertools import accumulate

from PIL import Image, ImageChops, ImageFilter

#: In pixels of the longer side. At this size letters are no larger than noise.
_COARSE_SIDE = 128
#: In pixels of the coarse image, about a centimetre of A4: two text lines and the paper between them.
_FILTER_SIZE = 5


def estimate_background(gray: Image.Image) -> Image.Image:
    """Return a coarse image of the paper without ink: a morphological closing, which keeps shadows in place."""
    coarse = gray.reduce(max(1, round(max(gray.size) / _COARSE_SIDE)))
    closed = coarse.filter(ImageFilter.MaxFilter(_FILTER_SIZE)).filter(ImageFilter.MinFilter(_FILTER_SIZE))
    return closed.filter(ImageFilter.GaussianBlur(_FILTER_SIZE / 2))


def subtract_background(gray: Image.Image, background: Image.Image) -> Image.Image:
    """Return how much darker each pixel is than the paper around it, in gray levels."""
    return ImageChops.subtract(background.resize(gray.size, Image.Resampling.BILINEAR), gray)


def find_percentile(image: Image.Image, share: float) -> int:
    """Return the lowest gray level that this share of the pixels does not exceed."""
    wanted = share * image.width * image.height
    return next(level for level, below in enumerate(accumulate(image.histogram())) if below >= wanted)


def compute_otsu_threshold(image: Image.Image) -> int:
    """Return the highest gray level of the dark class: N. Otsu, IEEE Transactions SMC 9 (1979) 62."""
    counts = image.histogram()
    total, total_light = sum(counts), sum(level * count for level, count in enumerate(counts))
    best_variance, threshold, below, light = -1.0, 0, 0, 0
    for level, count in enumerate(counts[:-1]):
        below, light = below + count, light + level * count
        if not 0 < below < total:
            continue
        variance = (total_light * below - light * total) ** 2 / (below * (total - below))
        if variance > best_variance:
            best_variance, threshold = variance, level
    return threshold
