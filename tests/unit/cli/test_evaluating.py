"""Each way in which a folder is read has documents of its own."""

from dataclasses import replace
from pathlib import Path

import pytest

from local.cli.evaluating import Way, planned
from local.evaluation.truth import Pair

ROUTED = Way(engines=None, languages=None, tenant="mine", again=False, timeout=1)


@pytest.fixture
def pairs(tmp_path: Path) -> list[Pair]:
    """In German, and in a language that the folder does not tell."""
    told = {"a.png": "deu", "b.pdf": None}
    for name in told:
        (tmp_path / name).touch()
    return [Pair(tmp_path / name, tmp_path / f"{name[0]}.gt.txt", languages) for name, languages in told.items()]


def test_what_is_read_another_way_or_in_other_languages_is_another_document(pairs: list[Pair]) -> None:
    both = replace(ROUTED, engines="tesseract", languages="deu+eng")

    assert [one.key for one, _ in planned(pairs, ROUTED)] == ["in/mine/routed-deu/a.png", "in/mine/routed/b.pdf"]
    [(one, wishes), _] = planned(pairs, both)
    assert one.key == "in/mine/tesseract-deu-eng/a.png"
    assert wishes.metadata == {
        "pagebus-engines": "tesseract",
        "pagebus-outputs": "text",
        "pagebus-languages": "deu+eng",
    }


def test_the_same_way_said_differently_is_the_same_document(pairs: list[Pair]) -> None:
    ways = [
        replace(ROUTED, engines=engines, languages=languages)
        for engines, languages in (("a,b", "deu+eng"), ("a, b", "DEU + eng"), ("a b", "deu eng"))
    ]

    assert {one.key for way in ways for one, _ in planned(pairs, way)} == {
        "in/mine/a-then-b-deu-eng/a.png",
        "in/mine/a-then-b-deu-eng/b.pdf",
    }


@pytest.mark.parametrize(("consensus", "outputs"), [(True, "text,json"), (False, "text"), (None, "text")])
def test_a_consensus_has_its_disagreements_written_too(
    pairs: list[Pair], *, consensus: bool | None, outputs: str
) -> None:
    [(_, wishes), _] = planned(pairs, replace(ROUTED, consensus=consensus))

    assert wishes.metadata["pagebus-outputs"] == outputs


@pytest.mark.parametrize(("consensus", "said"), [(True, "true"), (False, "false"), (None, None)])
def test_whether_there_is_to_be_a_consensus_is_left_to_intake_only_where_nothing_was_said(
    pairs: list[Pair], *, consensus: bool | None, said: str | None
) -> None:
    [(_, wishes), _] = planned(pairs, replace(ROUTED, consensus=consensus))

    assert wishes.metadata.get("pagebus-consensus") == said
