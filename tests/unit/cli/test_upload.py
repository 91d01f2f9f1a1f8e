"""Files become keys as any S3 client would make them."""

import os
from pathlib import Path

import pytest

from local.cli import upload
from local.cli.errors import Impossible


def _file(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def test_a_file_goes_to_its_tenants_folder_under_its_own_name(tmp_path: Path) -> None:
    file = _file(tmp_path / "Größe & b+c 100%.png")

    assert upload.plan([file], "acme") == [upload.Upload(file, "in/acme/Größe & b+c 100%.png")]


def test_a_folder_stands_for_all_files_below_it_that_are_not_hidden(tmp_path: Path) -> None:
    for name in ("b.pdf", "a/c.pdf", ".git/d.pdf", "a/.DS_Store"):
        _file(tmp_path / name)

    assert [one.key for one in upload.plan([tmp_path], "t")] == ["in/t/a/c.pdf", "in/t/b.pdf"]


def test_an_empty_folder_is_impossible(tmp_path: Path) -> None:
    with pytest.raises(Impossible, match="no files"):
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


def test_wishes_are_metadata_and_no_wish_is_none() -> None:
    said = {"languages": "deu+eng", "engines": "a,b", "outputs": None, "min_confidence": 0.9, "consensus": True}

    assert upload.wishes(said) == {
        "pagebus-languages": "deu+eng",
        "pagebus-engines": "a,b",
        "pagebus-min-confidence": "0.9",
        "pagebus-consensus": "true",
    }
