"""Object keys and metadata of an evaluation: each route and language has documents of its own."""

from dataclasses import replace
from pathlib import Path

import pytest

from local.cli.eval.reading import ReadingOptions, plan_uploads
from local.evaluation.truth import DocumentWithTruth

ROUTED = ReadingOptions(engines=None, languages=None, tenant="mine", again=False, timeout=1)


@pytest.fixture
def pairs(tmp_path: Path) -> list[DocumentWithTruth]:
    """Return a German file, and a file without a language in the folder."""
    languages_by_name = {"a.png": "deu", "b.pdf": None}
    for name in languages_by_name:
        (tmp_path / name).touch()
    return [
        DocumentWithTruth(tmp_path / name, tmp_path / f"{name[0]}.gt.txt", languages)
        for name, languages in languages_by_name.items()
    ]


def test_route_and_languages_are_part_of_the_key(pairs: list[DocumentWithTruth]) -> None:
    both = replace(ROUTED, engines="tesseract", languages="deu+eng")

    assert [upload.key for upload, _ in plan_uploads(pairs, ROUTED)] == [
        "in/mine/routed-deu/a.png",
        "in/mine/routed/b.pdf",
    ]
    [(upload, options), _] = plan_uploads(pairs, both)
    assert upload.key == "in/mine/tesseract-deu-eng/a.png"
    assert options.metadata == {
        "pagebus-engines": "tesseract",
        "pagebus-outputs": "text",
        "pagebus-languages": "deu+eng",
    }


def test_equivalent_options_give_the_same_key(pairs: list[DocumentWithTruth]) -> None:
    variants = [
        replace(ROUTED, engines=engines, languages=languages)
        for engines, languages in (("a,b", "deu+eng"), ("a, b", "DEU + eng"), ("a b", "deu eng"))
    ]

    assert {upload.key for options in variants for upload, _ in plan_uploads(pairs, options)} == {
        "in/mine/a-then-b-deu-eng/a.png",
        "in/mine/a-then-b-deu-eng/b.pdf",
    }


@pytest.mark.parametrize(("consensus", "outputs"), [(True, "text,json"), (False, "text"), (None, "text")])
def test_consensus_writes_json_too(pairs: list[DocumentWithTruth], *, consensus: bool | None, outputs: str) -> None:
    [(_, options), _] = plan_uploads(pairs, replace(ROUTED, consensus=consensus))

    assert options.metadata["pagebus-outputs"] == outputs


@pytest.mark.parametrize(("consensus", "expected"), [(True, "true"), (False, "false"), (None, None)])
def test_consensus_is_in_metadata_only_if_given(
    pairs: list[DocumentWithTruth], *, consensus: bool | None, expected: str | None
) -> None:
    [(_, options), _] = plan_uploads(pairs, replace(ROUTED, consensus=consensus))

    assert options.metadata.get("pagebus-consensus") == expected
