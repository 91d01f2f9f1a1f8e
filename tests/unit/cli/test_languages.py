"""What is no language's code is refused before anything is uploaded, with what was meant."""

import pytest

from local.cli import languages
from local.cli.errors import Impossible


@pytest.mark.parametrize(
    "wish",
    [
        "deu",
        "deu+eng",
        "deu + eng",
        "deu_latf",
        "chi_sim",
        "kmr",
        "frk",
        "tok",
        "mul",
        "gem",
        "qaa",
        "srp_latn",
        "DEU",
        "Deu+ENG",
        "deu eng",
    ],
)
def test_every_code_of_iso_639_is_let_go_on_whoever_may_read_it(wish: str) -> None:
    languages.check(wish)


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ("de", "'de' is written deu"),
        ("DE", "'DE' is written deu"),
        ("german", "'german' is written deu"),
        ("ger", "'ger' is written deu"),
        ("scr", "'scr' is written hrv"),
        ("deu+en", "'en' is written eng"),
        ("xyz", "'xyz' is no language's code"),
        ("deu,eng", "'deu,eng' is no language's code"),
        ("deu+", "'' is no language's code"),
        ("xx_latn", "'xx_latn' is no language's code"),
        ("xyz_latn", "'xyz_latn' is no language's code"),
    ],
)
def test_what_is_no_code_is_named_with_what_was_meant_and_how_to_say_it(wish: str, told: str) -> None:
    with pytest.raises(Impossible) as refused:
        languages.check(wish)

    assert told in str(refused.value)
    assert "as deu or deu+eng" in str(refused.value)
    assert "`pagebus doctor`" in str(refused.value)
