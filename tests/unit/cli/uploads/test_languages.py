"""The check of language codes before an upload."""

import pytest

from local.cli.shell.errors import UsageError
from local.cli.uploads import languages


@pytest.mark.parametrize(
    "codes",
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
def test_iso_639_codes_are_accepted(codes: str) -> None:
    languages.check_languages(codes)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ("de", "'de' is written deu"),
        ("DE", "'DE' is written deu"),
        ("german", "'german' is written deu"),
        ("ger", "'ger' is written deu"),
        ("scr", "'scr' is written hrv"),
        ("deu+en", "'en' is written eng"),
        ("xyz", "'xyz' is not the code of a language"),
        ("deu,eng", "'deu,eng' is not the code of a language"),
        ("deu+", "'' is not the code of a language"),
        ("xx_latn", "'xx_latn' is not the code of a language"),
        ("xyz_latn", "'xyz_latn' is not the code of a language"),
    ],
)
def test_invalid_code_is_refused_with_a_correction(codes: str, expected: str) -> None:
    with pytest.raises(UsageError) as refused:
        languages.check_languages(codes)

    assert expected in str(refused.value)
    assert "as deu or deu+eng" in str(refused.value)
    assert "`pagebus doctor`" in str(refused.value)
