"""The plan of an upload: the files that are documents, and their object keys."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from functions.documents.media_types import HEAD_BYTES, SUPPORTED_TYPES, detect_media_type
from local.cli.shell.errors import UsageError
from local.evaluation.truth import TRUTH

# The limit of S3, in bytes.
_LONGEST_KEY = 1024


@dataclass(frozen=True)
class Upload:
    """A file and its object key."""

    file: Path
    key: str

    @property
    def size(self) -> int:
        """The size of the file in bytes. Raises OSError if the file cannot be read."""
        return self.file.stat().st_size


@dataclass(frozen=True)
class UploadPlan:
    """The files to upload, and the files in folders that are skipped because they are not documents."""

    uploads: list[Upload]
    skipped: list[Path]


@dataclass(frozen=True)
class _FoundFile:
    """A file, and its path below the given folder or its own name."""

    file: Path
    name: str
    is_document: bool = True


def plan_uploads(files: Sequence[Path], tenant: str) -> UploadPlan:
    """Return the uploads of these files, and of the documents in these folders.

    Raise UsageError if a file does not exist, there are no documents, or an object key is invalid or not unique.
    """
    if not tenant or "/" in tenant:
        raise UsageError(f"--tenant {tenant!r} is not a tenant. Give the name of a folder, without a slash.")
    found = [file for given in files for file in _find_files(given)]
    uploads = [Upload(one.file, f"in/{tenant}/{one.name}") for one in found if one.is_document]
    if not uploads:
        raise UsageError(f"There are no documents in {', '.join(map(str, files))}. A document is a {SUPPORTED_TYPES}.")
    _check_keys(uploads)
    return UploadPlan(uploads, [one.file for one in found if not one.is_document])


def _find_files(given: Path) -> Iterator[_FoundFile]:
    """Yield a file as it is, or the files below a folder that are not hidden."""
    if not given.is_dir():
        if not given.is_file():
            raise UsageError(f"There is no file {given}. Nothing was uploaded.")
        yield _FoundFile(given, given.name)
        return
    for file in sorted(given.rglob("*")):
        name = file.relative_to(given)
        if file.is_file() and not _is_hidden(name.parts):
            yield _FoundFile(file, name.as_posix(), _is_document(file))


def _is_hidden(parts: Iterable[str]) -> bool:
    return any(part.startswith(".") for part in parts)


def _is_document(file: Path) -> bool:
    """Return whether intake would accept the file by its first bytes.

    The text of an evaluation is no document, even if it starts like an image: `BM`, as in BMW, starts a bitmap.
    """
    if file.name.endswith(TRUTH):
        return False
    try:
        with file.open("rb") as content:
            return detect_media_type(content.read(HEAD_BYTES)) is not None
    except OSError:
        return True  # the upload reports why the file cannot be read


def _check_keys(uploads: Sequence[Upload]) -> None:
    for upload in uploads:
        _check_key(upload)
    duplicates = [key for key, count in Counter(upload.key for upload in uploads).items() if count > 1]
    if duplicates:
        raise UsageError(f"Several files have the object key {duplicates[0]}. Rename one, or submit them one by one.")


def _check_key(upload: Upload) -> None:
    try:
        size = len(upload.key.encode())
    except UnicodeEncodeError as error:
        raise UsageError(f"{str(upload.file)!r}: the name is not UTF-8. Rename the file.") from error
    if size > _LONGEST_KEY:
        raise UsageError(
            f"{upload.file}: its object key has {size} bytes, and S3 allows {_LONGEST_KEY}. Shorten the name."
        )
