"""The plan of an upload: the files to upload, and their object keys."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from functions.documents.media_types import HEAD_BYTES, SUPPORTED_TYPES, detect_media_type
from local.cli.shell.errors import UsageError
from local.evaluation.truth import TRUTH

# The limit of S3.
_MAX_KEY_BYTES = 1024


@dataclass(frozen=True)
class Upload:
    """A file to upload, and its object key."""

    file: Path
    key: str

    @property
    def size(self) -> int:
        """The size of the file in bytes. The property raises OSError if the file cannot be read."""
        return self.file.stat().st_size


@dataclass(frozen=True)
class UploadPlan:
    """The files to upload, and the files in folders that are skipped because they are not documents."""

    uploads: list[Upload]
    skipped: list[Path]


@dataclass(frozen=True)
class _InputFile:
    """A file, and its name in the object key: the path below the folder argument, or the name of a file argument.

    Files that are arguments count as documents, because the user has chosen them.
    """

    file: Path
    name: str
    is_document: bool = True


def plan_uploads(paths: Sequence[Path], tenant: str) -> UploadPlan:
    """Return the uploads of these files, and of the documents in these folders and their subfolders.

    Raise UsageError if a file does not exist, or if there are no documents. Raise UsageError also if an object key is
    too long, not UTF-8 or not unique.
    """
    if not tenant or "/" in tenant:
        raise UsageError(f"--tenant {tenant!r} is not a tenant. Use the name of a folder, without a slash.")
    input_files = [file for path in paths for file in _list_files(path)]
    uploads = [
        Upload(input_file.file, f"in/{tenant}/{input_file.name}")
        for input_file in input_files
        if input_file.is_document
    ]
    if not uploads:
        raise UsageError(f"There are no documents in {', '.join(map(str, paths))}. A document is a {SUPPORTED_TYPES}.")
    _check_keys(uploads)
    return UploadPlan(uploads, [input_file.file for input_file in input_files if not input_file.is_document])


def _list_files(path: Path) -> Iterator[_InputFile]:
    """Yield the file at this path, or all files below a folder that are not hidden."""
    if not path.is_dir():
        if not path.is_file():
            raise UsageError(f"There is no file {path}. Nothing was uploaded.")
        yield _InputFile(path, path.name)
        return
    for file in sorted(path.rglob("*")):
        name = file.relative_to(path)
        if file.is_file() and not _is_hidden(name.parts):
            yield _InputFile(file, name.as_posix(), _is_document(file))


def _is_hidden(parts: Iterable[str]) -> bool:
    return any(part.startswith(".") for part in parts)


def _is_document(file: Path) -> bool:
    """Return whether the first bytes of the file are those of a type that intake accepts.

    Return False for a true text of an evaluation, whose first letters can look like an image: a bitmap starts with BM.
    """
    if file.name.endswith(TRUTH):
        return False
    try:
        with file.open("rb") as content:
            return detect_media_type(content.read(HEAD_BYTES)) is not None
    except OSError:
        return True  # the upload then reports why the file cannot be read


def _check_keys(uploads: Sequence[Upload]) -> None:
    for upload in uploads:
        _check_key(upload)
    duplicates = [key for key, count in Counter(upload.key for upload in uploads).items() if count > 1]
    if duplicates:
        raise UsageError(f"Several files have the object key {duplicates[0]}. Rename one of the files.")


def _check_key(upload: Upload) -> None:
    try:
        key_bytes = len(upload.key.encode())
    except UnicodeEncodeError as error:
        raise UsageError(f"{str(upload.file)!r}: the name is not UTF-8. Rename the file.") from error
    if key_bytes > _MAX_KEY_BYTES:
        raise UsageError(
            f"{upload.file}: the object key has {key_bytes} bytes, and S3 allows {_MAX_KEY_BYTES}. Shorten the name."
        )
