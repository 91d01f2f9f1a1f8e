"""Remove special tokens and coordinates that models write into their texts, complete or in pieces.

These are special tokens of DeepSeek-OCR, GOT-OCR, Janus and Surya (which uses the tokenizer of Qwen). Usually decoding
removes special tokens. They remain if a model writes them as ordinary characters, or if an engine's parser needs them.
"""

import re
from collections.abc import Collection

_NUMBERS = r"[\s\d.,\[\]()]{0,400}"
#: Coordinates between two special tokens, or with only one of the two. With one token, numbers are coordinates only if
#: they are in brackets as DeepSeek writes them. The text may end within the brackets. Other numbers may be real text.
_COORDINATES = re.compile(
    rf"<\|det\|>{_NUMBERS}<\|/det\|>|<\|det\|>\[\[[\s\d.,\[\]]{{0,400}}?(?:\]\]|\Z)|[\[(]{_NUMBERS}<\|/det\|>"
    rf"|<\|box_start\|>{_NUMBERS}<\|box_end\|>"
)
#: DeepSeek's label of a text part. The text may end within the label.
_LABEL = re.compile(r"<\|ref\|>[^<\n]{0,40}(?:<\|/ref\|>|\Z)")
#: DeepSeek also uses the bar U+FF5C.
_TOKEN = re.compile(r"<[|\uff5c][^<>|\uff5c\n]{1,40}[|\uff5c]>")
#: These tags are special tokens of some models. For other models they can only be printed text.
_TAG = re.compile(r"</?(?:image|img|imgpad|ref|box|quad|think)>|<(?:image_placeholder|begin_of_image|end_of_image)>")
_BOX = re.compile(rf"<box>{_NUMBERS}</box>")
_TRAILING_BLANKS = re.compile(r"[ \t]+$", re.MULTILINE)
_EMPTY_LINES = re.compile(r"\n{3,}")


def strip_special_tokens(text: str) -> str:
    """Return the text without special tokens such as <|ref|>, and without their coordinates and labels."""
    return _remove_empty_lines(text, _TOKEN.sub("", _LABEL.sub("", _COORDINATES.sub("", text))))


def strip_tag_tokens(text: str, tokens: Collection[str]) -> str:
    """Return the text without the tags that are in `tokens`, the special tokens of the model that wrote it."""
    stripped = _BOX.sub("", text) if "<box>" in tokens else text
    return _remove_empty_lines(text, _TAG.sub(lambda match: "" if match[0] in tokens else match[0], stripped))


def _remove_empty_lines(text: str, stripped: str) -> str:
    """Return `stripped`, which is `text` without special tokens, without surplus white space.

    Return `text` unchanged if it has no special tokens.
    """
    return text if stripped == text else _EMPTY_LINES.sub("\n\n", _TRAILING_BLANKS.sub("", stripped)).strip()
