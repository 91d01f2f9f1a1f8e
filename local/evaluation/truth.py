"""Documents of a folder, each with its true text beside it."""

import csv
from dataclasses import dataclass
from pathlib import Path

#: A tab-separated table with a header. The columns `file` and `language` are used.
MANIFEST = "MANIFEST.tsv"
#: The suffix of files with true texts.
TRUTH = ".gt.txt"


class TruthError(ValueError):
    """The folder cannot be evaluated. The message names the change that is needed."""


@dataclass(frozen=True)
class DocumentWithTruth:
    """A document and the file with its true text. `languages`, such as `deu+eng`, comes from the manifest."""

    file: Path
    truth: Path
    languages: str | None = None

    @property
    def name(self) -> str:
        return self.file.name

    def load_truth(self) -> str:
        """Return the true text. Raise TruthError if the file is not UTF-8."""
        try:
            return self.truth.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise TruthError(f"{self.truth} is not UTF-8. Write it as UTF-8.") from error


@dataclass(frozen=True)
class EvaluationFolder:
    """The documents of a folder. `unpaired` are the names of files without a counterpart.

    `folders` are the names of subfolders, such as `more/`, which are not evaluated.
    """

    pairs: tuple[DocumentWithTruth, ...]
    unpaired: tuple[str, ...]
    folders: tuple[str, ...] = ()


def scan_folder(folder: Path) -> EvaluationFolder:
    """Return the documents of a folder, without its subfolders. Raise TruthError if its manifest is not readable."""
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    files = [entry for entry in entries if entry.is_file()]
    truths = {file.name.removesuffix(TRUTH): file for file in files if file.name.endswith(TRUTH)}
    documents = [file for file in files if not file.name.endswith(TRUTH) and file.name != MANIFEST]
    languages = _load_languages(folder / MANIFEST)
    pairs = [
        DocumentWithTruth(one, truths[one.stem], languages.get(one.name)) for one in documents if one.stem in truths
    ]
    paired = {pair.file.stem for pair in pairs}
    unpaired = [one.name for one in documents if one.stem not in truths]
    left_out = (*unpaired, *(truths[name].name for name in truths if name not in paired))
    return EvaluationFolder(tuple(pairs), left_out, tuple(f"{one.name}/" for one in entries if one.is_dir()))


def _load_languages(manifest: Path) -> dict[str, str]:
    """Return the languages by file name, from the manifest if there is one. Raise TruthError if it is not readable."""
    if not manifest.is_file():
        return {}
    try:
        with manifest.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (UnicodeDecodeError, csv.Error) as error:
        raise TruthError(f"{manifest} is not a tab-separated table in UTF-8. Correct or remove it.") from error
    return {row["file"]: row["language"] for row in rows if row.get("file") and row.get("language")}
