"""A folder is documents, each with its true text beside it."""

from pathlib import Path

import pytest

from local.evaluation.truth import TruthError, found


def folder(at: Path, *names: str) -> Path:
    for name in names:
        (at / name).write_text("x", encoding="utf-8")
    return at


def test_a_text_is_found_beside_its_document(tmp_path: Path) -> None:
    there = found(folder(tmp_path, "b.pdf", "b.gt.txt", "a.b.png", "a.b.gt.txt", ".hidden.png", ".hidden.gt.txt"))

    assert [(pair.name, pair.truth.name) for pair in there.pairs] == [("a.b.png", "a.b.gt.txt"), ("b.pdf", "b.gt.txt")]
    assert there.left_out == ()


def test_one_text_may_be_that_of_several_documents(tmp_path: Path) -> None:
    there = found(folder(tmp_path, "a.gt.txt", "a.pdf", "a.png"))

    assert [pair.name for pair in there.pairs] == ["a.pdf", "a.png"]


def test_what_has_nothing_to_be_compared_with_is_named(tmp_path: Path) -> None:
    there = found(folder(tmp_path, "a.png", "a.gt.txt", "notes.md", "lost.gt.txt", "MANIFEST.tsv"))

    assert [pair.name for pair in there.pairs] == ["a.png"]
    assert there.left_out == ("notes.md", "lost.gt.txt")


def test_folders_in_a_folder_are_not_looked_into_and_named(tmp_path: Path) -> None:
    for name in ("more", "2024", ".git"):
        (tmp_path / name).mkdir()
    folder(tmp_path / "more", "b.png", "b.gt.txt")

    there = found(folder(tmp_path, "a.png", "a.gt.txt"))

    assert [pair.name for pair in there.pairs] == ["a.png"]
    assert there.folders == ("2024/", "more/")


def test_a_manifest_tells_the_languages_of_some_files(tmp_path: Path) -> None:
    folder(tmp_path, "a.png", "a.gt.txt", "b.png", "b.gt.txt", "c.png", "c.gt.txt")
    manifest = 'file\tnote\tlanguage\na.png\t5" wide\tdeu\nb.png\t\tdeu+eng\nc.png\tshort row\n'
    (tmp_path / "MANIFEST.tsv").write_text(manifest, encoding="utf-8")

    assert [pair.languages for pair in found(tmp_path).pairs] == ["deu", "deu+eng", None]


def test_a_manifest_without_languages_tells_none(tmp_path: Path) -> None:
    folder(tmp_path, "a.png", "a.gt.txt", "MANIFEST.tsv")

    assert found(tmp_path).pairs[0].languages is None


@pytest.mark.parametrize("name", ["a.gt.txt", "MANIFEST.tsv"])
def test_what_is_not_utf_8_is_named(tmp_path: Path, name: str) -> None:
    folder(tmp_path, "a.png", "a.gt.txt")
    (tmp_path / name).write_bytes("Größe".encode("latin-1"))

    with pytest.raises(TruthError, match=name):
        found(tmp_path).pairs[0].text()


def test_the_mark_that_some_editors_begin_with_is_no_text(tmp_path: Path) -> None:
    folder(tmp_path, "a.png")
    (tmp_path / "a.gt.txt").write_text("\N{ZERO WIDTH NO-BREAK SPACE}Größe", encoding="utf-8")

    assert found(tmp_path).pairs[0].text() == "Größe"
