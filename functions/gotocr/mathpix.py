r"""The text in Mathpix Markdown: what GOT writes when it is asked for formatted text.

It is Markdown with LaTeX for what Markdown lacks: \title, \section*, \begin{tabular}, formulas between \( and \).
Formulas stay in LaTeX, since nothing plain says the same.
"""

import re

_TABULAR = re.compile(r"\\begin\{(tabular|array)\}(?:\{[^{}]*\})?(.*?)\\end\{\1\}", re.DOTALL)
_ROW_END = re.compile(r"\\\\\s*")
_RULE = re.compile(r"\\(?:hline|toprule|midrule|bottomrule|cline\{[^{}]*\})\s*")
_CELL = re.compile(r"(?<!\\)&")
#: Of \multicolumn{2}{|c|}{text}, only the last group is text.
_SPAN = re.compile(r"\\multi(?:column|row)\{[^{}]*\}\{[^{}]*\}\{([^{}]*)\}")
#: Marks with their one group of text.
_MARKED = re.compile(
    r"\\(?:title|author|date|(?:sub)*section|caption|text(?:bf|it|tt|sc|rm)?|emph|underline|footnotetext)"
    r"\*?\{([^{}]*)\}"
)
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\{[a-z]+\*?\}(?:\[[^\[\]]*\])?[ \t]*\n?")
_FORMULA = re.compile(r"\\[()\[\]]|\$\$?")
_HEADING = re.compile(r"^#{1,6}\s+", re.MULTILINE)
_STRONG = re.compile(r"\*\*(.+?)\*\*")
_ESCAPED = re.compile(r"\\([%&#_{}$])")


def plain(markdown: str) -> str:
    """The text without its marks; a table's row is a line, its cells apart by tabs."""
    text = _TABULAR.sub(lambda found: _rows(found[2]), markdown)
    text = _ENVIRONMENT.sub("", _SPAN.sub(r"\1", text))
    while _MARKED.search(text):  # the inner ones first, which frees the outer ones
        text = _MARKED.sub(r"\1", text)
    text = _STRONG.sub(r"\1", _HEADING.sub("", text))
    return _ESCAPED.sub(r"\1", _unwrapped(text)).strip()


def _rows(tabular: str) -> str:
    rows = (row.strip() for row in _ROW_END.split(_RULE.sub("", tabular)))
    return "\n".join("\t".join(cell.strip() for cell in _CELL.split(_SPAN.sub(r"\1", row))) for row in rows if row)


def _unwrapped(text: str) -> str:
    """Without what encloses formulas. An escaped dollar is an amount of money."""
    return _FORMULA.sub(lambda found: found[0] if text[: found.start()].endswith("\\") else "", text)
