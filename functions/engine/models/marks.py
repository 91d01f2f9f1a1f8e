"""What models write beside what stands on a page: their own marks, and places in numbers, whole or in pieces.

Special tokens of the tokenizers of DeepSeek-OCR, GOT-OCR, Janus and Surya (a Qwen): decoding leaves them out, unless a
model writes one letter by letter, or they are needed to take its answer apart.
"""

import re

_NUMBERS = r"[\s\d.,\[\]()]{0,400}"
#: A place, between marks or beside what is left of them.
_PLACES = re.compile(
    rf"<\|det\|>{_NUMBERS}(?:<\|/det\|>)?|[\[(]{_NUMBERS}<\|/det\|>"
    rf"|<\|box_start\|>{_NUMBERS}(?:<\|box_end\|>)?|<box>{_NUMBERS}(?:</box>)?"
)
#: What a part is, in DeepSeek's words, as far as it goes.
_LABEL = re.compile(r"<\|ref\|>[^<\n]{0,40}(?:<\|/ref\|>|$)", re.MULTILINE)
#: The second bar is DeepSeek's own.
_TOKEN = re.compile(
    r"<[|\uff5c][^<>|\uff5c\n]{1,40}[|\uff5c]>|</?(?:image|img|imgpad|ref|box|quad|think)>"
    r"|<(?:image_placeholder|begin_of_image|end_of_image)>"
)
_BLANKS = re.compile(r"[ \t]+$", re.MULTILINE)
_EMPTY_LINES = re.compile(r"\n{3,}")


def unmarked(text: str) -> str:
    """The text without them, and without the lines that held nothing else."""
    kept = _TOKEN.sub("", _LABEL.sub("", _PLACES.sub("", text)))
    if kept == text:
        return text
    return _EMPTY_LINES.sub("\n\n", _BLANKS.sub("", kept)).strip()
