r"""Converter from Mathpix Markdown, the format of GOT's formatted output, to plain text.

Mathpix Markdown contains LaTeX commands such as \title, \section* and \begin{tabular}, and formulas between \( and \).
Formulas stay in LaTeX, because they have no equivalent in plain text.
"""

import re

_TABULAR = re.compile(r"\\begin\{(tabular|array)\}(?:\{[^{}]*\})?(.*?)\\end\{\1\}", re.DOTALL)
_ROW_END = re.compile(r"\\\\\s*")
_RULING_LINE = re.compile(r"\\(?:hline|toprule|midrule|bottomrule|cline\{[^{}]*\})\s*")
_CELL_SEPARATOR = re.compile(r"(?<!\\)&")
#: In \multicolumn{2}{|c|}{text}, only the last group is text.
_SPANNING_CELL = re.compile(r"\\multi(?:column|row)\{[^{}]*\}\{[^{}]*\}\{([^{}]*)\}")
#: Commands with text as their only argument.
_TEXT_COMMAND = re.compile(
    r"\\(?:title|author|date|(?:sub)*section|caption|text(?:bf|it|tt|sc|rm)?|emph|underline|footnotetext)"
    r"\*?\{([^{}]*)\}"
)
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\{[a-z]+\*?\}(?:\[[^\[\]]*\])?[ \t]*\n?")
_FORMULA_DELIMITER = re.compile(r"\\[()\[\]]|\$\$?")
_HEADING = re.compile(r"^#{1,6}\s+", re.MULTILINE)
_STRONG = re.compile(r"\*\*(.+?)\*\*")
_ESCAPED = re.compile(r"\\([%&#_{}$])")


def extract_text(markdown: str) -> str:
    """Return the text without markup. Each table row is a line with tabs between its cells."""
    text = _TABULAR.sub(lambda match: _extract_rows(match[2]), markdown)
    text = _ENVIRONMENT.sub("", _SPANNING_CELL.sub(r"\1", text))
    while _TEXT_COMMAND.search(text):  # commands can be nested; each round removes the innermost commands
        text = _TEXT_COMMAND.sub(r"\1", text)
    text = _STRONG.sub(r"\1", _HEADING.sub("", text))
    return _ESCAPED.sub(r"\1", _strip_formula_delimiters(text)).strip()


def _extract_rows(tabular: str) -> str:
    rows = (row.strip() for row in _ROW_END.split(_RULING_LINE.sub("", tabular)))
    return "\n".join(
        "\t".join(cell.strip() for cell in _CELL_SEPARATOR.split(_SPANNING_CELL.sub(r"\1", row))) for row in rows if row
    )


def _strip_formula_delimiters(text: str) -> str:
    """Return the text without delimiters of formulas. An escaped dollar sign is an amount of money and stays."""
    return _FORMULA_DELIMITER.sub(lambda match: match[0] if text[: match.start()].endswith("\\") else "", text)
