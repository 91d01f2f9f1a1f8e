"""A corpus: files beside their texts in `<stem>.gt.txt`, and MANIFEST.tsv with file, source, language, pages."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: Of a file's name, the first that fits. Groups are for tables only; nothing is learnt from them.
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
    """A page and its text. `document` names what it was taken from: pages of one never judge each other."""

    file: Path
    page: int
    document: str
    language: str
    group: str
    truth: str

    @property
    def name(self) -> str:
        return f"{self.file.stem}.{self.page}"


def samples(folder: Path) -> Iterator[Sample]:
    """Every page of the corpus. A text of several pages has form feeds between them."""
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
