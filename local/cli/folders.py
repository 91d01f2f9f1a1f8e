"""What files are meant by a folder, and which of them are documents."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from functions.documents.sniff import HEAD_BYTES, media_type
from local.cli.errors import Impossible
from local.evaluation.truth import TRUTH


@dataclass(frozen=True)
class Found:
    """A file, and its name in the bucket."""

    file: Path
    name: str
    is_document: bool = True


def walk(given: Path) -> Iterator[Found]:
    """A file that was named is meant, whatever it is; what is hidden in a folder is not. Raises Impossible."""
    if not given.is_dir():
        if not given.is_file():
            raise Impossible(f"There is no file {given}. Nothing was uploaded.")
        yield Found(given, given.name)
        return
    for file in sorted(given.rglob("*")):
        name = file.relative_to(given)
        if file.is_file() and not _hidden(name.parts):
            yield Found(file, name.as_posix(), _is_document(file))


def _hidden(parts: Iterable[str]) -> bool:
    return any(part.startswith(".") for part in parts)


def _is_document(file: Path) -> bool:
    """As intake sees it, by its first bytes. A text may begin like an image, as `BMW` does; a truth says what it is."""
    if file.name.endswith(TRUTH):
        return False
    try:
        with file.open("rb") as opened:
            return media_type(opened.read(HEAD_BYTES)) is not None
    except OSError:
        return True  # that it cannot be read is said when it is uploaded
