"""What models write beside what stands on a page: their own marks, and places in numbers, whole or in pieces.

Special tokens of the tokenizers of DeepSeek-OCR, GOT-OCR, Janus and Surya (a Qwen): decoding leaves them out, unless a
model writes one letter by letter, or they are needed to take its answer apart.
"""

import re
from collections.abc import Collection

_NUMBERS = r"[\s\d.,\[\]()]{0,400}"
#: A place between marks, or its end beside the second. Without that, numbers are a place only in DeepSeek's brackets,
#: closed or cut off with the text: all others may stand on the page.
_PLACES = re.compile(
    rf"<\|det\|>{_NUMBERS}<\|/det\|>|<\|det\|>\[\[[\s\d.,\[\]]{{0,400}}?(?:\]\]|\Z)|[\[(]{_NUMBERS}<\|/det\|>"
    rf"|<\|box_start\|>{_NUMBERS}<\|box_end\|>"
)
#: What a part is, in DeepSeek's words, as far as the text goes.
_LABEL = re.compile(r"<\|ref\|>[^<\n]{0,40}(?:<\|/ref\|>|\Z)")
#: The second bar is DeepSeek's own.
_TOKEN = re.compile(r"<[|\uff5c][^<>|\uff5c\n]{1,40}[|\uff5c]>")
#: Tags that are tokens of some models, and of others only what somebody has printed.
_TAG = re.compile(r"</?(?:image|img|imgpad|ref|box|quad|think)>|<(?:image_placeholder|begin_of_image|end_of_image)>")
_BOX = re.compile(rf"<box>{_NUMBERS}</box>")
_BLANKS = re.compile(r"[ \t]+$", re.MULTILINE)
_EMPTY_LINES = re.compile(r"\n{3,}")


def unmarked(text: str) -> str:
    """The text without marks between bars, and without the lines that held nothing else."""
    return _tidied(text, _TOKEN.sub("", _LABEL.sub("", _PLACES.sub("", text))))


def untagged(text: str, tokens: Collection[str]) -> str:
    """The text without those tags that are `tokens` of the model that wrote it."""
    kept = _BOX.sub("", text) if "<box>" in tokens else text
    return _tidied(text, _TAG.sub(lambda found: "" if found[0] in tokens else found[0], kept))


def _tidied(text: str, kept: str) -> str:
    """As it was where nothing was taken out."""
    return text if kept == text else _EMPTY_LINES.sub("\n\n", _BLANKS.sub("", kept)).strip()
