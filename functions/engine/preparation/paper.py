"""Paper and ink: how bright the paper is, where, and what is darker."""

from itertools import accumulate

from PIL import Image, ImageChops, ImageFilter

#: Of the longer side, in pixels. Where the brightness of paper is looked for, text is no more than grain.
_COARSE = 128
#: In coarse pixels, about a centimetre of A4: two lines of text and the paper between them.
_GRAIN = 5


def paper(gray: Image.Image) -> Image.Image:
    """The page with its ink taken off, coarse: a morphological closing, which keeps shadows where they are."""
    coarse = gray.reduce(max(1, round(max(gray.size) / _COARSE)))
    closed = coarse.filter(ImageFilter.MaxFilter(_GRAIN)).filter(ImageFilter.MinFilter(_GRAIN))
    return closed.filter(ImageFilter.GaussianBlur(_GRAIN / 2))


def darkness(gray: Image.Image, ground: Image.Image) -> Image.Image:
    """How much darker than the paper around it every pixel is, in gray levels."""
    return ImageChops.subtract(ground.resize(gray.size, Image.Resampling.BILINEAR), gray)


def level(image: Image.Image, share: float) -> int:
    """The gray level that this share of the pixels does not exceed."""
    wanted = share * image.width * image.height
    return next(level for level, below in enumerate(accumulate(image.histogram())) if below >= wanted)


def parting(image: Image.Image) -> int:
    """The level up to which pixels are dark: N. Otsu, IEEE Transactions SMC 9 (1979) 62."""
    counts = image.histogram()
    total, all_light = sum(counts), sum(level * count for level, count in enumerate(counts))
    best, found, below, light = -1.0, 0, 0, 0
    for at, count in enumerate(counts[:-1]):
        below, light = below + count, light + at * count
        if not 0 < below < total:
            continue
        between = (all_light * below - light * total) ** 2 / (below * (total - below))
        if between > best:
            best, found = between, at
    return found
