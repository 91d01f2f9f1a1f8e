"""What a folder offers to be judged: documents with the text that is known to be right beside them."""

import csv
from dataclasses import dataclass
from pathlib import Path

#: A tab-separated table with a heading; of its columns, `file` and `language` mean something here.
MANIFEST = "MANIFEST.tsv"
#: How the name of a text that is known to be right ends.
TRUTH = ".gt.txt"


class TruthError(ValueError):
    """The folder cannot be judged as it is. The message is for people."""


@dataclass(frozen=True)
class Pair:
    """A document and the file that holds its true text; `languages` as `deu+eng`, where the folder tells."""

    file: Path
    truth: Path
    languages: str | None = None

    @property
    def name(self) -> str:
        return self.file.name

    def text(self) -> str:
        """Raises TruthError."""
        try:
            return self.truth.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise TruthError(f"{self.truth} is not UTF-8. Write it as UTF-8.") from error


@dataclass(frozen=True)
class Folder:
    """What was found; `left_out` are the names of files that have nothing to be compared with.

    `folders` are those of the folders in it, as `more/`, into which nobody looked.
    """

    pairs: tuple[Pair, ...]
    left_out: tuple[str, ...]
    folders: tuple[str, ...] = ()


def found(folder: Path) -> Folder:
    """Look through a folder, not through those below it. Raises TruthError."""
    there = sorted(one for one in folder.iterdir() if not one.name.startswith("."))
    files = [one for one in there if one.is_file()]
    truths = {file.name.removesuffix(TRUTH): file for file in files if file.name.endswith(TRUTH)}
    documents = [file for file in files if not file.name.endswith(TRUTH) and file.name != MANIFEST]
    languages = _languages(folder / MANIFEST)
    pairs = [Pair(one, truths[one.stem], languages.get(one.name)) for one in documents if one.stem in truths]
    paired = {pair.file.stem for pair in pairs}
    unpaired = [one.name for one in documents if one.stem not in truths]
    left_out = (*unpaired, *(truths[name].name for name in truths if name not in paired))
    return Folder(tuple(pairs), left_out, tuple(f"{one.name}/" for one in there if one.is_dir()))


def _languages(manifest: Path) -> dict[str, str]:
    """By file, from the manifest if there is one that tells. Raises TruthError."""
    if not manifest.is_file():
        return {}
    try:
        with manifest.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (UnicodeDecodeError, csv.Error) as error:
        raise TruthError(f"{manifest} is no tab-separated table in UTF-8. Write it so, or take it away.") from error
    return {row["file"]: row["language"] for row in rows if row.get("file") and row.get("language")}
