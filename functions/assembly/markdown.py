"""Text as Markdown that shows this very text: what looks like markup in a document is escaped, never obeyed."""

import re

# CommonMark's and GitHub's inline markup and HTML; an ampersand only where it would begin an entity.
_INLINE = re.compile(r"[\\`*_\[\]<>~|]|&(?=#?\w+;)")
# What makes a heading, a list, a rule or a table of a line.
_BLOCK = re.compile(r"([#+\-=:])|(\d{1,9})([.)])(?=\s|$)")


def paragraphs(text: str) -> str:
    """The text's paragraphs, which empty lines separate, with the lines as they are; empty when there is no text."""
    lines = [_escaped(line.strip()) for line in text.splitlines()]
    blocks = "\n".join(lines).split("\n\n")
    kept = [block.strip("\n") for block in blocks if block.strip("\n")]
    return "\n\n".join(kept) + "\n" if kept else ""


def _escaped(line: str) -> str:
    # The block's mark first: the escape in front of it would itself be escaped.
    mark = _BLOCK.match(line)
    start = mark.end() if mark else 0
    return _escaped_mark(mark) + _INLINE.sub(r"\\\g<0>", line[start:])


def _escaped_mark(found: re.Match[str] | None) -> str:
    if found is None:
        return ""
    mark, number, dot = found.groups()
    return f"\\{mark}" if mark else f"{number}\\{dot}"
