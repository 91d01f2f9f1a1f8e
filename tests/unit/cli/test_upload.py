"""Files become keys as any S3 client would make them."""

import os
from pathlib import Path

import pytest

from local.cli import upload
from local.cli.errors import Impossible


def _file(path: Path, content: bytes = b"%PDF-1.7") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_file_goes_to_its_tenants_folder_under_its_own_name(tmp_path: Path) -> None:
    file = _file(tmp_path / "Größe & b+c 100%.png")

    assert upload.plan([file], "acme").uploads == [upload.Upload(file, "in/acme/Größe & b+c 100%.png")]


def test_a_folder_stands_for_all_files_below_it_that_are_not_hidden(tmp_path: Path) -> None:
    for name in ("b.pdf", "a/c.pdf", ".git/d.pdf", "a/.DS_Store"):
        _file(tmp_path / name)

    assert [one.key for one in upload.plan([tmp_path], "t").uploads] == ["in/t/a/c.pdf", "in/t/b.pdf"]


def test_what_is_no_document_of_a_folder_is_left_out_and_a_truth_whatever_it_begins_with(tmp_path: Path) -> None:
    document = _file(tmp_path / "scan")
    others = [_file(tmp_path / name, b"BM" * ("gt" in name)) for name in ("a.gt.txt", "b.txt")]

    planned = upload.plan([tmp_path], "t")

    assert ([one.file for one in planned.uploads], planned.left_out) == ([document], others)


def test_a_file_that_is_named_is_meant_whatever_it_is(tmp_path: Path) -> None:
    named = _file(tmp_path / "a.gt.txt", b"text")

    assert [one.file for one in upload.plan([named], "t").uploads] == [named]


def test_a_folder_without_documents_is_impossible_and_comes_with_what_is_read(tmp_path: Path) -> None:
    _file(tmp_path / "notes.txt", b"text")

    with pytest.raises(Impossible, match=r"no documents in .* PDF, TIFF"):
        upload.plan([tmp_path], "t")


def test_two_files_of_one_name_are_impossible_rather_than_one_lost(tmp_path: Path) -> None:
    files = [_file(tmp_path / folder / "x.pdf") for folder in "ab"]

    with pytest.raises(Impossible, match=r"in/t/x\.pdf"):
        upload.plan(files, "t")


def test_a_name_that_is_not_utf8_is_impossible(tmp_path: Path) -> None:
    with pytest.raises(Impossible, match="UTF-8"):
        upload.plan([_file(tmp_path / os.fsdecode(b"M\xfcller.pdf"))], "t")


def test_a_key_longer_than_s3_allows_is_impossible(tmp_path: Path) -> None:
    with pytest.raises(Impossible, match="1024"):
        upload.plan([_file(tmp_path / "x.pdf")], "t" * 1024)


def test_languages_may_be_said_in_capitals() -> None:
    assert upload.wishes({"languages": "DEU+Eng"}) == {"pagebus-languages": "deu+eng"}


def test_wishes_are_metadata_and_no_wish_is_none() -> None:
    said = {"languages": "deu+eng", "engines": "a,b", "outputs": None, "min_confidence": 0.9, "consensus": True}

    assert upload.wishes(said) == {
        "pagebus-languages": "deu+eng",
        "pagebus-engines": "a,b",
        "pagebus-min-confidence": "0.9",
        "pagebus-consensus": "true",
    }
