"""Object keys of files and folders, and metadata of options."""

import os
from pathlib import Path

import pytest

from local.cli.shell.errors import UsageError
from local.cli.uploads.options import build_metadata
from local.cli.uploads.plan import Upload, plan_uploads


def _file(path: Path, content: bytes = b"%PDF-1.7") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_key_has_tenant_and_file_name(tmp_path: Path) -> None:
    file = _file(tmp_path / "Größe & b+c 100%.png")

    assert plan_uploads([file], "acme").uploads == [Upload(file, "in/acme/Größe & b+c 100%.png")]


def test_folder_contributes_all_files_that_are_not_hidden(tmp_path: Path) -> None:
    for name in ("b.pdf", "a/c.pdf", ".git/d.pdf", "a/.DS_Store"):
        _file(tmp_path / name)

    assert [upload.key for upload in plan_uploads([tmp_path], "t").uploads] == ["in/t/a/c.pdf", "in/t/b.pdf"]


def test_files_that_are_no_documents_are_skipped(tmp_path: Path) -> None:
    document = _file(tmp_path / "scan")
    others = [_file(tmp_path / name, b"BM" * ("gt" in name)) for name in ("a.gt.txt", "b.txt")]

    planned = plan_uploads([tmp_path], "t")

    assert ([upload.file for upload in planned.uploads], planned.skipped) == ([document], others)


def test_file_given_by_name_is_always_uploaded(tmp_path: Path) -> None:
    named = _file(tmp_path / "a.gt.txt", b"text")

    assert [upload.file for upload in plan_uploads([named], "t").uploads] == [named]


def test_folder_without_documents_is_refused_with_supported_types(tmp_path: Path) -> None:
    _file(tmp_path / "notes.txt", b"text")

    with pytest.raises(UsageError, match=r"no documents in .* PDF, TIFF"):
        plan_uploads([tmp_path], "t")


def test_two_files_with_the_same_key_are_refused(tmp_path: Path) -> None:
    files = [_file(tmp_path / folder / "x.pdf") for folder in "ab"]

    with pytest.raises(UsageError, match=r"in/t/x\.pdf"):
        plan_uploads(files, "t")


def test_file_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="UTF-8"):
        plan_uploads([_file(tmp_path / os.fsdecode(b"M\xfcller.pdf"))], "t")


def test_key_longer_than_s3_allows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="1024"):
        plan_uploads([_file(tmp_path / "x.pdf")], "t" * 1024)


def test_language_codes_become_lower_case() -> None:
    assert build_metadata({"languages": "DEU+Eng"}) == {"pagebus-languages": "deu+eng"}


def test_metadata_has_only_options_that_are_set() -> None:
    options = {"languages": "deu+eng", "engines": "a,b", "outputs": None, "min_confidence": 0.9, "consensus": True}

    assert build_metadata(options) == {
        "pagebus-languages": "deu+eng",
        "pagebus-engines": "a,b",
        "pagebus-min-confidence": "0.9",
        "pagebus-consensus": "true",
    }
