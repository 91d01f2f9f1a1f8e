"""Plain text is extracted from Mathpix Markdown."""

import pytest

from functions.gotocr.mathpix import extract_text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        (r"\section*{Größe: 5 Maß Öl}", "Größe: 5 Maß Öl"),
        ("## Rechnung\n\nNr. **4711**", "Rechnung\n\nNr. 4711"),
        (r"\title{Die \textbf{Überweisung}}", "Die Überweisung"),
        (r"\begin{abstract}" + "\nÖl\n" + r"\end{abstract}", "Öl"),
        (r"Die Fläche \(a^{2}\) und \[b\]", "Die Fläche a^{2} und b"),
        (r"Kosten: 5 \$ und 19 \% für A \& B", "Kosten: 5 $ und 19 % für A & B"),
        ("12,50 € * 3 = 37,50 €", "12,50 € * 3 = 37,50 €"),
        ("", ""),
    ],
    ids=["section", "Markdown", "nested", "environment", "formulas", "escaped", "nothing", "empty"],
)
def test_markup_is_removed_and_text_stays(markdown: str, text: str) -> None:
    assert extract_text(markdown) == text


def test_table_row_becomes_a_line_with_tabs() -> None:
    table = r"""Vorher
\begin{tabular}{|l|r|}
\hline Menge & Preis \\
\hline \multicolumn{2}{|c|}{Öl \& Maß} \\
\hline 5 & 12,50 € \\
\hline
\end{tabular}
Nachher"""
    assert extract_text(table).splitlines() == ["Vorher", "Menge\tPreis", "Öl & Maß", "5\t12,50 €", "Nachher"]
