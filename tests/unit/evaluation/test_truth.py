"""Tests of the folder scan: documents and the files with their correct texts."""

from pathlib import Path

import pytest

from local.evaluation.truth import TruthError, scan_folder


def create_files(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).write_text("x", encoding="utf-8")
    return folder


def test_truth_is_found_by_file_name(tmp_path: Path) -> None:
    scan = scan_folder(
        create_files(tmp_path, "b.pdf", "b.gt.txt", "a.b.png", "a.b.gt.txt", ".hidden.png", ".hidden.gt.txt")
    )

    assert [(pair.name, pair.truth.name) for pair in scan.pairs] == [("a.b.png", "a.b.gt.txt"), ("b.pdf", "b.gt.txt")]
    assert scan.unpaired == ()


def test_several_documents_share_one_truth(tmp_path: Path) -> None:
    scan = scan_folder(create_files(tmp_path, "a.gt.txt", "a.pdf", "a.png"))

    assert [pair.name for pair in scan.pairs] == ["a.pdf", "a.png"]


def test_files_without_counterpart_are_listed(tmp_path: Path) -> None:
    scan = scan_folder(create_files(tmp_path, "a.png", "a.gt.txt", "notes.md", "lost.gt.txt", "MANIFEST.tsv"))

    assert [pair.name for pair in scan.pairs] == ["a.png"]
    assert scan.unpaired == ("notes.md", "lost.gt.txt")


def test_subfolders_are_listed_and_not_scanned(tmp_path: Path) -> None:
    for name in ("more", "2024", ".git"):
        (tmp_path / name).mkdir()
    create_files(tmp_path / "more", "b.png", "b.gt.txt")

    scan = scan_folder(create_files(tmp_path, "a.png", "a.gt.txt"))

    assert [pair.name for pair in scan.pairs] == ["a.png"]
    assert scan.folders == ("2024/", "more/")


def test_manifest_has_languages_of_files(tmp_path: Path) -> None:
    create_files(tmp_path, "a.png", "a.gt.txt", "b.png", "b.gt.txt", "c.png", "c.gt.txt")
    manifest = 'file\tnote\tlanguage\na.png\t5" wide\tdeu\nb.png\t\tdeu+eng\nc.png\tshort row\n'
    (tmp_path / "MANIFEST.tsv").write_text(manifest, encoding="utf-8")

    assert [pair.languages for pair in scan_folder(tmp_path).pairs] == ["deu", "deu+eng", None]


def test_manifest_without_languages_gives_none(tmp_path: Path) -> None:
    create_files(tmp_path, "a.png", "a.gt.txt", "MANIFEST.tsv")

    assert scan_folder(tmp_path).pairs[0].languages is None


@pytest.mark.parametrize("name", ["a.gt.txt", "MANIFEST.tsv"])
def test_error_names_file_that_is_not_utf_8(tmp_path: Path, name: str) -> None:
    create_files(tmp_path, "a.png", "a.gt.txt")
    (tmp_path / name).write_bytes("Größe".encode("latin-1"))

    with pytest.raises(TruthError, match=name):
        scan_folder(tmp_path).pairs[0].load_truth()


def test_byte_order_mark_is_removed(tmp_path: Path) -> None:
    create_files(tmp_path, "a.png")
    (tmp_path / "a.gt.txt").write_text("\N{ZERO WIDTH NO-BREAK SPACE}Größe", encoding="utf-8")

    assert scan_folder(tmp_path).pairs[0].load_truth() == "Größe"
