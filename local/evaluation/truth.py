"""The documents of a folder, and the files with their true texts."""

import csv
from dataclasses import dataclass
from pathlib import Path

#: The name of a tab-separated table with a header. Its columns `file` and `language` give the languages of a file.
MANIFEST = "MANIFEST.tsv"
#: The suffix of files with true texts (ground truth).
TRUTH = ".gt.txt"


class TruthError(ValueError):
    """A folder that cannot be evaluated. The message says what to correct."""


@dataclass(frozen=True)
class DocumentWithTruth:
    """A document and the file with its true text.

    `languages`, such as `deu+eng`, comes from the manifest, or is None if the manifest does not contain the document.
    """

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
    """The documents of a folder that have a true text.

    `unpaired` are the names of documents without a true text, and of true texts without a document. `folders` are the
    names of subfolders, such as `more/`, which are not evaluated.
    """

    pairs: tuple[DocumentWithTruth, ...]
    unpaired: tuple[str, ...]
    folders: tuple[str, ...] = ()


def scan_folder(folder: Path) -> EvaluationFolder:
    """Return the documents of a folder without its subfolders. Raise TruthError if the manifest is invalid."""
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    files = [entry for entry in entries if entry.is_file()]
    truths = {file.name.removesuffix(TRUTH): file for file in files if file.name.endswith(TRUTH)}
    documents = [file for file in files if not file.name.endswith(TRUTH) and file.name != MANIFEST]
    languages = _load_languages(folder / MANIFEST)
    pairs = [
        DocumentWithTruth(file, truths[file.stem], languages.get(file.name))
        for file in documents
        if file.stem in truths
    ]
    paired = {pair.file.stem for pair in pairs}
    unpaired = [file.name for file in documents if file.stem not in truths]
    unpaired_names = (*unpaired, *(truths[name].name for name in truths if name not in paired))
    return EvaluationFolder(
        tuple(pairs), unpaired_names, tuple(f"{entry.name}/" for entry in entries if entry.is_dir())
    )


def _load_languages(manifest: Path) -> dict[str, str]:
    """Return the languages by file name, or an empty dict without a manifest. Raise TruthError if it is invalid."""
    if not manifest.is_file():
        return {}
    try:
        with manifest.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (UnicodeDecodeError, csv.Error) as error:
        raise TruthError(f"{manifest} is not a tab-separated table in UTF-8. Correct or remove it.") from error
    return {row["file"]: row["language"] for row in rows if row.get("file") and row.get("language")}
