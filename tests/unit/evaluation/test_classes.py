"""Every wrong character is of one class."""

import pytest

from local.evaluation.classes import ErrorClass, classified
from local.evaluation.text import Side


def classes(truth: str, read: str) -> dict[ErrorClass, int]:
    return dict(classified(Side.of(truth), Side.of(read)))


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
def test_a_wrong_letter_is_of_the_class_that_says_most(truth: str, read: str, expected: dict[ErrorClass, int]) -> None:
    assert classes(truth, read) == expected


def test_a_line_that_was_not_read_is_missing() -> None:
    lost = classes("Sehr geehrte Damen\nwir kündigen 2 Verträge\nMit Gruß", "Sehr geehrte Damen\nMit Gruß")

    assert lost == {ErrorClass.MISSING_LINE: len("wir kündigen 2 Verträge ")}


def test_a_line_that_is_not_in_the_truth_is_extra() -> None:
    assert classes("oben\nunten", "oben\n~~ | ¦¦ .~\nunten") == {ErrorClass.EXTRA_LINE: len("~~ | ¦¦ .~ ")}


def test_words_that_are_missing_or_extra_in_a_line_are_no_lines() -> None:
    assert classes("Preis 12,50 EUR pro Stück", "Preis EUR pro Stück") == {ErrorClass.MISSING_WORD: 6}
    assert classes("Preis EUR pro Stück", "Preis EUR viel pro Stück") == {ErrorClass.EXTRA_WORD: 5}


def test_columns_read_in_the_other_order_are_wrong_in_their_order_alone() -> None:
    left, right = "Lieferung frei Haus\nbis Montag", "Zahlung sofort\nohne Abzug"

    assert set(classes(f"{left}\n{right}", f"{right}\n{left}")) == {ErrorClass.READING_ORDER}


def test_a_price_read_below_its_column_is_a_matter_of_order() -> None:
    found = classes("Brot 2,50\nKäse 4,90\nSumme 7,40", "Brot\nKäse\nSumme\n2,50\n4,90\n7,40")

    assert found[ErrorClass.READING_ORDER] == sum(found.values())


def test_what_is_right_is_of_no_class() -> None:
    assert classes("Größe  und\nMaß", "Größe und Maß") == {}
