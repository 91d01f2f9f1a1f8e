"""Text as Markdown that shows this very text: what looks like markup in a document is escaped, never obeyed."""

import re

# CommonMark's and GitHub's inline markup and HTML; an ampersand only where it would begin an entity.
_INLINE = re.compile(r"[\\`*_\[\]<>~|]|&(?=#?\w+;)")
# What makes a heading, a list, a rule or a table of a line.
_BLOCK = re.compile(r"([#+\-=:])|(\d{1,9})([.)])(?=\s|$)")
# Of an engine's own Markdown: what is escaped already; what begins HTML, links, pictures or code.
_ACTIVE = re.compile(r"\\[!-/:-@\[-`{-~]|([\\`~\[\]<]|&(?=#?\w+;))")


def paragraphs(text: str) -> str:
    """The text's paragraphs, which empty lines separate, with the lines as they are; empty when there is no text."""
    lines = [escaped(line.strip()) for line in text.splitlines()]
    blocks = "\n".join(lines).split("\n\n")
    kept = [block.strip("\n") for block in blocks if block.strip("\n")]
    return "\n\n".join(kept) + "\n" if kept else ""


def escaped(line: str) -> str:
    """A line that makes nothing of itself."""
    # The block's mark first: the escape in front of it would itself be escaped.
    mark = _BLOCK.match(line)
    start = mark.end() if mark else 0
    return _escaped_mark(mark) + inline(line[start:])


def inline(text: str) -> str:
    """What stands after the beginning of a line."""
    return _INLINE.sub(r"\\\g<0>", text)


def defused(markdown: str) -> str:
    """An engine's Markdown with its headings, lists, tables and stress, but without links, pictures, HTML and code.

    The engine writes what stands on a stranger's page. HTML would act in a reader's browser, a picture would be fetched
    from anywhere, and code that does not end would take in the pages that follow.
    """
    kept = _ACTIVE.sub(lambda found: f"\\{found[0]}" if found[1] else found[0], markdown).strip()
    return f"{kept}\n" if kept else ""


def _escaped_mark(found: re.Match[str] | None) -> str:
    if found is None:
        return ""
    mark, number, dot = found.groups()
    return f"\\{mark}" if mark else f"{number}\\{dot}"
