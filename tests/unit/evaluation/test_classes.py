"""Tests of the error classes: every wrong character has one class."""

import pytest

from local.evaluation.error_classes import ErrorClass, count_error_classes
from local.evaluation.text import TextSide


def count_classes(truth: str, read: str) -> dict[ErrorClass, int]:
    return dict(count_error_classes(TextSide.from_text(truth), TextSide.from_text(read)))


@pytest.mark.parametrize(
    ("truth", "read", "expected"),
    [
        ("für Köln", "fur Köln", {ErrorClass.UMLAUT_LOST: 1}),
        ("für Köln", "fuer Köln", {ErrorClass.UMLAUT_LOST: 2}),
        ("für Köln", "fiir Köln", {ErrorClass.UMLAUT_LOST: 2}),
        ("für Köln", "för Köln", {ErrorClass.UMLAUT_LOST: 1}),
        ("Nummer", "Nümmer", {ErrorClass.UMLAUT_INVENTED: 1}),
        ("Goethe", "Göthe", {ErrorClass.UMLAUT_INVENTED: 2}),
        ("Straße", "StraBe", {ErrorClass.ESZETT: 1}),
        ("Straße", "Strasse", {ErrorClass.ESZETT: 2}),
        ("Wasser", "Waßer", {ErrorClass.ESZETT: 2}),
        ("Haus", "haus", {ErrorClass.CASE: 1}),
        ("Äpfel", "äpfel", {ErrorClass.CASE: 1}),
        ("1.234,56 EUR", "1.284,56 EUR", {ErrorClass.NUMBER: 1}),
        ("Haus 10", "Haus 1O", {ErrorClass.NUMBER: 1}),
        ("Telefon 0711", "Telefon 071", {ErrorClass.NUMBER: 1}),
        ("am Markt", "amMarkt", {ErrorClass.SPACING: 1}),
        ("Marktplatz", "Markt platz", {ErrorClass.SPACING: 1}),
        ("Ende.", "Ende,", {ErrorClass.PUNCTUATION: 1}),
        ("5,00 €", "5,00 E", {ErrorClass.PUNCTUATION: 1}),
        ("modern", "modem", {ErrorClass.OTHER: 2}),
        ("Größe", "GroBe", {ErrorClass.UMLAUT_LOST: 1, ErrorClass.ESZETT: 1}),
    ],
)
def test_wrong_letter_has_most_specific_class(truth: str, read: str, expected: dict[ErrorClass, int]) -> None:
    assert count_classes(truth, read) == expected


def test_unread_line_is_missing() -> None:
    errors = count_classes("Sehr geehrte Damen\nwir kündigen 2 Verträge\nMit Gruß", "Sehr geehrte Damen\nMit Gruß")

    assert errors == {ErrorClass.MISSING_LINE: len("wir kündigen 2 Verträge ")}


def test_line_outside_truth_is_extra() -> None:
    assert count_classes("oben\nunten", "oben\n~~ | ¦¦ .~\nunten") == {ErrorClass.EXTRA_LINE: len("~~ | ¦¦ .~ ")}


def test_wrong_words_in_line_are_no_wrong_lines() -> None:
    assert count_classes("Preis 12,50 EUR pro Stück", "Preis EUR pro Stück") == {ErrorClass.MISSING_WORD: 6}
    assert count_classes("Preis EUR pro Stück", "Preis EUR viel pro Stück") == {ErrorClass.EXTRA_WORD: 5}


def test_swapped_columns_are_reading_order_errors_only() -> None:
    left, right = "Lieferung frei Haus\nbis Montag", "Zahlung sofort\nohne Abzug"

    assert set(count_classes(f"{left}\n{right}", f"{right}\n{left}")) == {ErrorClass.READING_ORDER}


def test_price_below_its_column_is_order_error() -> None:
    errors = count_classes("Brot 2,50\nKäse 4,90\nSumme 7,40", "Brot\nKäse\nSumme\n2,50\n4,90\n7,40")

    assert errors[ErrorClass.READING_ORDER] == sum(errors.values())


def test_correct_text_has_no_errors() -> None:
    assert count_classes("Größe  und\nMaß", "Größe und Maß") == {}
