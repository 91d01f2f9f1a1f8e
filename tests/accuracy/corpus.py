"""Load a corpus: files with their texts in `<stem>.gt.txt`, and MANIFEST.tsv with file, source, language and pages."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: The group of a file is that of the first key in its name. Groups only structure the reports; no fit uses them.
_GROUPS = {
    "fraktur": "Fraktur",
    "sroie": "English receipts",
    "receipt": "receipts",
    "form": "forms",
    "invoice": "invoices",
    "multicol": "multi-column",
    "unlv": "multi-column",
    "leaflet": "letters, leaflets, books",
    "letter": "letters, leaflets, books",
    "book": "letters, leaflets, books",
}


@dataclass(frozen=True)
class Sample:
    """A page and its correct text.

    `document` names the source of the page. Evaluations never use a fit that includes pages of the same document.
    """

    file: Path
    page: int
    document: str
    language: str
    group: str
    truth: str

    @property
    def name(self) -> str:
        return f"{self.file.stem}.{self.page}"


def iterate_samples(folder: Path) -> Iterator[Sample]:
    """Yield every page of the corpus. Form feeds separate the pages in a text file."""
    with (folder / "MANIFEST.tsv").open(encoding="utf-8") as manifest:
        for row in csv.DictReader(manifest, delimiter="\t"):
            file = folder / row["file"]
            text = file.with_name(f"{file.stem}.gt.txt").read_text(encoding="utf-8")
            truths = text.split("\f") if int(row["pages"]) > 1 else [text]
            for page, truth in enumerate(truths[: int(row["pages"])], 1):
                yield Sample(
                    file=file,
                    page=page,
                    document=row["source"].split("#")[0],
                    language="eng" if row["language"] == "eng" else "deu",
                    group=next((group for part, group in _GROUPS.items() if part in file.stem), "other"),
                    truth=truth,
                )
