"""Options survive being metadata, and what are none are refused by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.document import Options, OutputFormat
from events.metadata import InvalidMetadata, from_metadata, to_metadata


def some(one: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """A few of them, or no wish."""
    return st.none() | st.lists(one, min_size=1, max_size=5).map(tuple)


OPTIONS = st.builds(
    Options,
    languages=some(st.from_regex(r"[a-z]{3}(_[a-z]{1,10})?", fullmatch=True)),
    engines=some(st.from_regex(r"[a-z][a-z0-9]{0,30}", fullmatch=True)),
    outputs=some(st.sampled_from(OutputFormat)),
    min_confidence=st.none() | st.floats(0, 1),
    consensus=st.none() | st.booleans(),
    callback=st.none() | st.from_regex(r"https://[!-~]+", fullmatch=True),
    run=st.just(0),
)


@given(options=OPTIONS)
def test_options_are_the_same_after_they_were_metadata(options: Options) -> None:
    metadata = to_metadata(options)

    assert from_metadata(metadata) == options
    assert all(text.isascii() and text.isprintable() for item in metadata.items() for text in item)


def test_options_are_written_as_a_person_would_write_them() -> None:
    options = Options(
        languages=("deu", "eng"),
        engines=("a", "b"),
        outputs=(OutputFormat.TEXT,),
        min_confidence=0.9,
        consensus=True,
    )

    assert to_metadata(options) == {
        "pagebus-languages": "deu+eng",
        "pagebus-engines": "a,b",
        "pagebus-outputs": "text",
        "pagebus-min-confidence": "0.9",
        "pagebus-consensus": "true",
    }


def test_no_wish_is_no_metadata_and_what_is_not_ours_is_passed_over() -> None:
    assert to_metadata(Options()) == {}
    assert from_metadata({"languages": "quatsch", "owner": "me"}) == Options()


@pytest.mark.parametrize("text", ["a,b", "a, b", " a ,b ", "a b", "a \t b"])
def test_white_space_separates_names_and_never_makes_one_of_two(text: str) -> None:
    assert from_metadata({"pagebus-engines": text}).engines == ("a", "b")


def test_everything_wrong_is_named_and_no_value_is_repeated() -> None:
    names = {f"pagebus-{name}" for name in ("languages", "outputs", "min-confidence", "callback", "langauges")}

    with pytest.raises(InvalidMetadata) as refused:
        from_metadata(dict.fromkeys(names, "Mustermann"))

    assert set(refused.value.problems) == names
    assert all(refused.value.problems.values())
    assert "Mustermann" not in str(refused.value)


@pytest.mark.parametrize("run", ["0", "1", "x"])
def test_metadata_cannot_ask_for_a_run(run: str) -> None:
    with pytest.raises(InvalidMetadata) as refused:
        from_metadata({"pagebus-run": run})

    assert set(refused.value.problems) == {"pagebus-run"}


def test_a_run_cannot_become_metadata() -> None:
    with pytest.raises(InvalidMetadata, match="pagebus-run"):
        to_metadata(Options(run=1))


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("languages", "german", "say it as deu or deu+eng"),
        ("engines", "Tesseract", "say it as tesseract or tesseract,rapidocr"),
        ("outputs", "docx", "say it as text,markdown,json, or some of these"),
        ("outputs", "", "say it as text,markdown,json, or some of these"),
        ("min-confidence", "1.5", "from 0 to 1"),
        ("consensus", "vielleicht", "true or false"),
        ("languges", "deu", "there is no such wish; there are languages, engines, outputs, min-confidence, consensus"),
    ],
)
def test_who_is_not_understood_learns_what_can_be_said(name: str, text: str, problem: str) -> None:
    with pytest.raises(InvalidMetadata) as refused:
        from_metadata({f"pagebus-{name}": text})

    assert problem in refused.value.problems[f"pagebus-{name}"]


def test_every_wish_is_said_to_be_there_but_those_that_metadata_cannot_have() -> None:
    with pytest.raises(InvalidMetadata) as refused:
        from_metadata({"pagebus-colour": "red"})

    wishes = {name.replace("_", "-") for name in Options.model_fields} - {"run", "callback"}
    assert set(refused.value.problems["pagebus-colour"].partition("there are ")[2].split(", ")) == wishes
