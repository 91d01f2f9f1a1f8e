"""Remove special tokens and coordinates that models write into their texts, complete or in pieces.

These are special tokens of the tokenizers of DeepSeek-OCR, GOT-OCR, Janus and Surya (a Qwen). Decoding skips special
tokens. They remain in a text if a model spells one letter by letter, or if its output is parsed by them.
"""

import re
from collections.abc import Collection

_NUMBERS = r"[\s\d.,\[\]()]{0,400}"
#: Coordinates between two special tokens, or the rest of them before the second. Without both tokens, numbers count as
#: coordinates only in DeepSeek's brackets, closed or cut off with the text. All other numbers may be printed on the
#: page.
_COORDINATES = re.compile(
    rf"<\|det\|>{_NUMBERS}<\|/det\|>|<\|det\|>\[\[[\s\d.,\[\]]{{0,400}}?(?:\]\]|\Z)|[\[(]{_NUMBERS}<\|/det\|>"
    rf"|<\|box_start\|>{_NUMBERS}<\|box_end\|>"
)
#: DeepSeek's label of a part, also if it is cut off with the text.
_LABEL = re.compile(r"<\|ref\|>[^<\n]{0,40}(?:<\|/ref\|>|\Z)")
#: The second kind of bar, U+FF5C, is DeepSeek's.
_TOKEN = re.compile(r"<[|\uff5c][^<>|\uff5c\n]{1,40}[|\uff5c]>")
#: These tags are special tokens of some models. For other models they can only be printed text.
_TAG = re.compile(r"</?(?:image|img|imgpad|ref|box|quad|think)>|<(?:image_placeholder|begin_of_image|end_of_image)>")
_BOX = re.compile(rf"<box>{_NUMBERS}</box>")
_TRAILING_BLANKS = re.compile(r"[ \t]+$", re.MULTILINE)
_EMPTY_LINES = re.compile(r"\n{3,}")


def strip_special_tokens(text: str) -> str:
    """Return the text without special tokens between bars, their coordinates and labels, and lines left empty."""
    return _tidy(text, _TOKEN.sub("", _LABEL.sub("", _COORDINATES.sub("", text))))


def strip_tag_tokens(text: str, tokens: Collection[str]) -> str:
    """Return the text without the tags that are in `tokens`, the special tokens of the model that wrote it."""
    stripped = _BOX.sub("", text) if "<box>" in tokens else text
    return _tidy(text, _TAG.sub(lambda match: "" if match[0] in tokens else match[0], stripped))


def _tidy(text: str, stripped: str) -> str:
    """Return the stripped text without surplus white space, or the text itself if nothing was removed."""
    return text if stripped == text else _EMPTY_LINES.sub("\n\n", _TRAILING_BLANKS.sub("", stripped)).strip()
