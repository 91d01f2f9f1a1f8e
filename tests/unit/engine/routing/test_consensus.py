"""Of two readings of a page one is made, word by word."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.engine.routing.consensus import Consensus, Disagreement, consensus
from functions.runtime.reading import Line, Reading, Word

LEXICON = {"Größe", "größer", "Straße", "Masse", "Maße", "Müller", "grüßt", "Haus", "Köln", "für"}


def known(word: str) -> bool:
    return word in LEXICON


def nothing(_: str) -> bool:
    return False


def reading(text: str, confidence: float = 0.9, engine: str = "tesseract") -> Reading:
    return Reading(
        engine=engine,
        engine_version="1",
        languages=("deu",),
        text=text,
        confidence=confidence,
        width=1000,
        height=1000,
        dpi=100,
    )


def line(y: int, *words: tuple[str, int, float]) -> Line:
    """Words of 20 pixels a letter, each with where it begins and how sure it is."""
    made = tuple(Word(text=text, box=(x, y, x + 20 * len(text), y + 30), confidence=sure) for text, x, sure in words)
    box = (made[0].box[0], y, made[-1].box[2], y + 30)
    return Line(text=" ".join(word.text for word in made), box=box, confidence=0.9, words=made)


def placed(*lines: Line, confidence: float = 0.9, engine: str = "tesseract") -> Reading:
    text = "\n".join(one.text for one in lines)
    return reading(text, confidence, engine).model_copy(update={"lines": lines})


def rapid(text: str, confidence: float = 0.8) -> Reading:
    return reading(text, confidence, "rapidocr")


def only(found: Consensus) -> Disagreement:
    [one] = found.disagreements
    return one


TEXTS = st.lists(
    st.sampled_from(["Größe", "Grosse", "Haus", "haus,", "5,00", "€", "\n", "\n\n", " "]), max_size=10
).map(" ".join)


@given(TEXTS, st.floats(0, 1), st.floats(0, 1))
def test_equal_readings_agree_on_every_character(text: str, one: float, other: float) -> None:
    found = consensus(reading(text, one), rapid(text, other), known)

    assert (found.text, found.disagreements) == (text, ())


@given(TEXTS, TEXTS, st.floats(0, 1), st.floats(0, 1))
def test_nothing_stands_that_neither_read(first: str, second: str, one: float, other: float) -> None:
    found = consensus(reading(first, one), rapid(second, other), known)

    assert set(found.text.split()) <= {*first.split(), *second.split()}
    for disagreement in found.disagreements:
        assert disagreement.chosen in {disagreement.first, disagreement.second}
        chosen = disagreement.chosen.split()
        assert found.text[disagreement.start :].split()[: len(chosen)] == chosen


@given(TEXTS, TEXTS)
def test_the_order_in_which_readings_are_given_changes_only_how_they_are_named(first: str, second: str) -> None:
    one, other = reading(first, 0.9), rapid(second, 0.8)

    forth, back = consensus(one, other, known), consensus(other, one, known)

    assert forth.text == back.text
    assert [(told.first, told.second) for told in forth.disagreements] == [
        (told.second, told.first) for told in back.disagreements
    ]


@pytest.mark.parametrize(
    ("surer", "other"),
    [
        ("Grosse", "Größe"),
        ("GroBe", "Größe"),
        ("StraBe,", "Straße,"),
        ("Strasse", "Straße"),
        ("Koeln", "Köln"),
        ("Koln", "Köln"),
        ("fiir", "für"),
        ("(Miiller)", "(Müller)"),
        ("grußt", "grüßt"),
    ],
)
def test_the_spelling_that_the_lexicon_has_stands_however_sure_the_other_engine_is(surer: str, other: str) -> None:
    found = consensus(reading(f"Haus {surer} 5", 0.99), rapid(f"Haus {other} 5", 0.1), known)

    assert found.text == f"Haus {other} 5"
    assert only(found) == Disagreement(5, surer, other, other, "the lexicon has it")


@pytest.mark.parametrize(("surer", "other"), [("Masse", "Maße"), ("Xüx", "Xux"), ("Hans", "Haus")])
def test_where_the_lexicon_tells_nothing_about_umlauts_the_surer_engine_decides(surer: str, other: str) -> None:
    found = consensus(reading(surer, 0.9), rapid(other, 0.8), known)

    assert (found.text, only(found).why) == (surer, "tesseract is surer of it")


def test_a_word_that_the_other_engine_is_surer_of_is_taken_from_it() -> None:
    mine = placed(line(0, ("Rechnung", 0, 0.9), ("4711", 200, 0.3)))
    its = placed(line(0, ("Rechnung", 0, 0.8), ("4717", 200, 0.8)), confidence=0.8, engine="rapidocr")

    found = consensus(mine, its, nothing)

    assert found.text == "Rechnung 4717"
    assert [word.text for word in found.lines[0].words] == ["Rechnung", "4717"]
    assert only(found) == Disagreement(9, "4711", "4717", "4717", "rapidocr is surer of it", (200, 0, 280, 30))


def test_words_are_matched_by_place_when_columns_were_read_in_another_order() -> None:
    mine = placed(line(0, ("links", 0, 0.9), ("oben", 120, 0.9)), line(0, ("rechts", 500, 0.9), ("0ben", 640, 0.2)))
    its = placed(
        line(2, ("rechts", 502, 0.8), ("oben", 642, 0.8)),
        line(2, ("links", 2, 0.8), ("oben", 122, 0.8)),
        confidence=0.8,
        engine="rapidocr",
    )

    found = consensus(mine, its, nothing)

    assert found.text == "links oben\nrechts oben"
    assert only(found).first == "0ben"


def test_places_are_compared_on_pages_of_the_same_size() -> None:
    mine = placed(line(100, ("A", 0, 0.9), ("B", 100, 0.2)))
    small = Line(
        text="A C",
        box=(0, 50, 60, 65),
        words=(
            Word(text="A", box=(0, 50, 10, 65), confidence=0.8),
            Word(text="C", box=(50, 50, 60, 65), confidence=0.8),
        ),
    )
    its = placed(small, confidence=0.8, engine="rapidocr").model_copy(update={"width": 500, "height": 500})

    found = consensus(mine, its, nothing)

    assert found.text == "A C"
    assert (found.lines[0].words[1].box, only(found).box) == ((100, 100, 120, 130), (100, 100, 120, 130))


def test_one_word_may_stand_for_two() -> None:
    mine = placed(line(0, ("GmbHMühlenstraße", 0, 0.5), ("7", 400, 0.9)))
    its = placed(
        line(0, ("GmbH", 0, 0.8), ("Mühlenstraße", 85, 0.8), ("7", 400, 0.8)), confidence=0.8, engine="rapidocr"
    )

    assert consensus(mine, its, nothing).text == "GmbH Mühlenstraße 7"


def test_words_that_an_engine_cut_to_pieces_have_the_place_of_the_pieces() -> None:
    cut = line(0, ("Vor", 0, 0.8), ("wort", 60, 0.7), ("0ben", 200, 0.3)).model_copy(update={"text": "Vorwort 0ben"})
    mine = placed(cut, line(50, ("unten", 0, 0.9)))
    its = placed(line(50, ("unten", 0, 0.8)), line(0, ("Vorwort", 0, 0.8), ("oben", 200, 0.8)), confidence=0.8)

    found = consensus(mine, its, nothing)

    assert found.text == "Vorwort oben\nunten"
    assert only(found).box == (200, 0, 280, 30)


def test_a_word_without_a_place_is_matched_by_its_text() -> None:
    mine = placed(line(0, ("oben", 0, 0.9)), line(50, ("links", 0, 0.9), ("rechts", 200, 0.9)))
    torn = line(50, ("linksrechts", 0, 0.8)).model_copy(update={"text": "links rechts"})

    assert consensus(mine, placed(line(0, ("oben", 0, 0.8)), torn, confidence=0.8), nothing).disagreements == ()


def test_what_only_the_surer_engine_read_stays() -> None:
    found = consensus(reading("Haus am See", 0.9), rapid("Haus See", 0.8), nothing)

    assert found.text == "Haus am See"
    assert only(found) == Disagreement(5, "am", "", "am", "tesseract alone read it, and is surer of the page")


def test_what_only_the_other_read_comes_in_where_it_belongs_if_it_is_sure_of_it() -> None:
    mine = placed(line(0, ("Haus", 0, 0.9), ("See", 300, 0.9)), line(50, ("Ende", 0, 0.9)))
    its = placed(
        line(0, ("Haus", 0, 0.8), ("am", 120, 0.95), ("..", 200, 0.2), ("See", 300, 0.8)),
        line(25, ("dazwischen", 0, 0.95)),
        line(50, ("Ende", 0, 0.8)),
        confidence=0.8,
        engine="rapidocr",
    )

    found = consensus(mine, its, nothing)

    assert found.text == "Haus am See\ndazwischen\nEnde"
    assert [one.text for one in found.lines] == ["Haus am See", "dazwischen", "Ende"]
    assert [(told.second, told.chosen) for told in found.disagreements] == [
        ("am", "am"),
        ("..", ""),
        ("dazwischen", "dazwischen"),
    ]


def test_what_only_the_other_read_above_everything_comes_first() -> None:
    mine = placed(line(50, ("Ende", 0, 0.5)), confidence=0.5)
    its = placed(line(0, ("Kopf", 0, 0.6)), line(50, ("Ende", 0, 0.4)), confidence=0.4, engine="rapidocr")

    assert consensus(mine, its, nothing).text == "Kopf\nEnde"


def test_a_page_that_only_one_engine_read_is_that_engines() -> None:
    assert consensus(reading("", 0.0), rapid("ganz\nallein", 0.9), nothing).text == "ganz\nallein"
    assert consensus(reading("", 0.9), rapid("Fleck", 0.1), nothing).text == ""
    assert consensus(reading("", 0.1), rapid("Fleck\nDreck", 0.1), nothing).text == "Fleck\nDreck"


def test_words_that_are_left_out_leave_no_white_space_behind() -> None:
    found = consensus(reading("Haus See", 0.9), rapid("~ Haus ~ See ~\n~", 0.1), nothing)

    assert found.text == "Haus See"
    assert [told.start for told in found.disagreements] == [0, 4, 8, 8]


def test_paragraphs_of_the_surer_reading_stay_paragraphs() -> None:
    found = consensus(reading("Anrede\n\nGroBe  Freude\n", 0.9), rapid("Anrede\nGröße Freude", 0.8), known)

    assert found.text == "Anrede\n\nGröße  Freude\n"


def test_umlauts_made_of_two_characters_are_no_disagreement() -> None:
    found = consensus(reading("Größe", 0.9), rapid(unicodedata.normalize("NFD", "Größe"), 0.8), nothing)

    assert (found.text, found.disagreements) == ("Größe", ())
