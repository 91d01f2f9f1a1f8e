"""Conversion of options to metadata and back, and messages about invalid entries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.document import Options, OutputFormat
from events.metadata import InvalidMetadata, from_metadata, to_metadata


def make_optional_tuples(items: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Return a strategy for None and tuples of one to five items."""
    return st.none() | st.lists(items, min_size=1, max_size=5).map(tuple)


OPTIONS = st.builds(
    Options,
    languages=make_optional_tuples(st.from_regex(r"[a-z]{3}(_[a-z]{1,10})?", fullmatch=True)),
    engines=make_optional_tuples(st.from_regex(r"[a-z][a-z0-9]{0,30}", fullmatch=True)),
    outputs=make_optional_tuples(st.sampled_from(OutputFormat)),
    min_confidence=st.none() | st.floats(0, 1),
    consensus=st.none() | st.booleans(),
    callback=st.none() | st.from_regex(r"https://[!-~]+", fullmatch=True),
    run=st.just(0),
)


@given(options=OPTIONS)
def test_options_are_unchanged_after_conversion(options: Options) -> None:
    metadata = to_metadata(options)

    assert from_metadata(metadata) == options
    assert all(text.isascii() and text.isprintable() for item in metadata.items() for text in item)


def test_metadata_is_readable_for_users() -> None:
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


def test_other_metadata_is_ignored() -> None:
    assert to_metadata(Options()) == {}
    assert from_metadata({"languages": "quatsch", "owner": "me"}) == Options()


@pytest.mark.parametrize("text", ["a,b", "a, b", " a ,b ", "a b", "a \t b"])
def test_white_space_separates_list_items(text: str) -> None:
    assert from_metadata({"pagebus-engines": text}).engines == ("a", "b")


def test_every_invalid_entry_is_named_without_its_value() -> None:
    names = {f"pagebus-{name}" for name in ("languages", "outputs", "min-confidence", "callback", "langauges")}

    with pytest.raises(InvalidMetadata) as caught:
        from_metadata(dict.fromkeys(names, "Mustermann"))

    assert set(caught.value.problems) == names
    assert all(caught.value.problems.values())
    assert "Mustermann" not in str(caught.value)


@pytest.mark.parametrize("run", ["0", "1", "x"])
def test_metadata_cannot_contain_a_run(run: str) -> None:
    with pytest.raises(InvalidMetadata) as caught:
        from_metadata({"pagebus-run": run})

    assert set(caught.value.problems) == {"pagebus-run"}


def test_run_cannot_become_metadata() -> None:
    with pytest.raises(InvalidMetadata, match="pagebus-run"):
        to_metadata(Options(run=1))


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("languages", "german", "write it as deu or deu+eng"),
        ("engines", "Tesseract", "write it as tesseract or tesseract,rapidocr"),
        ("outputs", "docx", "write it as text,markdown,json, or some of these"),
        ("outputs", "", "write it as text,markdown,json, or some of these"),
        ("min-confidence", "1.5", "from 0 to 1"),
        ("consensus", "vielleicht", "true or false"),
        (
            "languges",
            "deu",
            "this option does not exist; options are languages, engines, outputs, min-confidence, consensus",
        ),
    ],
)
def test_message_explains_valid_values(name: str, text: str, problem: str) -> None:
    with pytest.raises(InvalidMetadata) as caught:
        from_metadata({f"pagebus-{name}": text})

    assert problem in caught.value.problems[f"pagebus-{name}"]


def test_message_about_unknown_option_lists_all_options() -> None:
    with pytest.raises(InvalidMetadata) as caught:
        from_metadata({"pagebus-colour": "red"})

    options = {name.replace("_", "-") for name in Options.model_fields} - {"run", "callback"}
    assert set(caught.value.problems["pagebus-colour"].partition("options are ")[2].split(", ")) == options
