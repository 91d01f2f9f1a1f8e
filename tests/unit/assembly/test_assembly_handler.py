"""Assembly of a document from its pages: the requested formats, and the same bytes each time."""

import json
import tracemalloc
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest

from events.document import DocumentAssembled, DocumentRecognized, OutputFormat
from functions.assembly.handler import handle, write_outputs
from functions.assembly.pages import DocumentPages, PageMetadata
from functions.reading.reading import Block, BlockKind, Disagreement, Line, Reading
from functions.runtime.errors import Unavailable

ID = UUID("5f0c2d3e-8a1b-5c4d-9e6f-7a8b9c0d1e2f")
FOLDER = f"documents/acme/{ID}"
ALL_FORMATS = tuple(OutputFormat)
LoadedPage = tuple[PageMetadata, Reading | None]


def make_request(*outputs: OutputFormat) -> DocumentRecognized:
    return DocumentRecognized(
        document=ID,
        tenant="acme",
        bucket="pagebus-uploads",
        key="in/acme/Größe & Maß.png",
        etag="9a03",
        sha256="0" * 64,
        pages=2,
        outputs=outputs or ALL_FORMATS,
    )


def make_recognized(number: int, text: str, **more: object) -> LoadedPage:
    page = PageMetadata(
        page=number,
        state="recognized",
        engine="tesseract",
        engine_version="5.5.2",
        confidence=0.9,
        best_effort=False,
        why="first on the route; tesseract expects 90% to be right",
        reason=None,
        dataref="s3://pagebus-results/readings/acme/x",
    )
    line = Line(text=text, box=(1, 2, 30, 40), confidence=0.9, words=())
    reading = Reading(
        engine="tesseract",
        engine_version="5.5.2",
        languages=("deu",),
        text=text,
        confidence=0.9,
        width=1653,
        height=2339,
        dpi=200,
        lines=(line,),
    )
    return page, reading.model_copy(update=more)


def make_failed(number: int) -> LoadedPage:
    nothing = dict.fromkeys(("engine", "engine_version", "confidence", "best_effort", "why", "dataref"))
    return PageMetadata.model_validate({**nothing, "page": number, "state": "failed", "reason": "damaged_page"}), None


class FakePages(DocumentPages):
    """Pages in memory. If `broken`, loading fails after the last page, as for a missing reading."""

    def __init__(self, *read: LoadedPage, broken: bool = False) -> None:
        self._read, self._broken = read, broken

    def load(self, document: UUID, tenant: str) -> Generator[LoadedPage, None, None]:
        assert (document, tenant) == (ID, "acme")
        yield from self._read
        if self._broken:
            raise Unavailable("a stored reading is missing in the results bucket")


@dataclass
class FakeStore:
    """A store that keeps uploaded bytes by key."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def upload(self, bucket: str, key: str, path: Path, media_type: str) -> None:
        assert bucket == "pagebus-results"
        assert media_type
        self.objects[key] = path.read_bytes()


def assemble(
    *read: LoadedPage, outputs: tuple[OutputFormat, ...] = ALL_FORMATS
) -> tuple[DocumentAssembled, dict[str, str]]:
    store = FakeStore()
    [event] = handle(
        make_request(*outputs), pages=FakePages(*read), upload=store.upload, results_bucket="pagebus-results"
    )
    assert isinstance(event, DocumentAssembled)
    return event, {key.removeprefix(f"{FOLDER}/"): body.decode() for key, body in store.objects.items()}


def test_form_feeds_separate_pages_of_text() -> None:
    _, files = assemble(make_recognized(1, "Größe\nMaß\n\n"), make_recognized(2, "Öl, 12,50 €"))
    assert files["document.txt"] == "Größe\nMaß\n\fÖl, 12,50 €\n"


def test_form_feed_inside_page_starts_no_page() -> None:
    _, files = assemble(make_recognized(1, "oben\funten"), make_recognized(2, "zwei"))
    assert files["document.txt"] == "oben unten\n\fzwei\n"


def test_failed_page_is_an_empty_page() -> None:
    _, files = assemble(make_recognized(1, "eins"), make_failed(2), make_recognized(3, "drei"))
    assert files["document.txt"] == "eins\n\f\fdrei\n"


def test_markdown_separates_pages_and_names_failed_one() -> None:
    _, files = assemble(make_recognized(1, "# Maß\n\nGrüße"), make_failed(2), make_recognized(3, ""))
    first = "<!-- page 1 -->\n\n\\# Maß\n\nGrüße\n"
    second = "<!-- page 2 -->\n\n*page 2 could not be read: damaged_page*\n"
    assert files["document.md"] == f"{first}\n---\n\n{second}\n---\n\n<!-- page 3 -->\n"


def test_markdown_has_structure_of_blocks() -> None:
    blocks = (Block(kind=BlockKind.HEADING, text="Maß", lines=(0,)), Block(text="# Grüße"))
    _, files = assemble(make_recognized(1, "Maß\n\n# Grüße", blocks=blocks))
    assert files["document.md"] == "<!-- page 1 -->\n\n## Maß\n\n\\# Grüße\n"
    assert json.loads(files["document.json"])["pages"][0]["blocks"][0]["kind"] == "heading"


def test_markdown_of_engine_is_preferred_and_inactive() -> None:
    _, files = assemble(make_recognized(1, "Maß", blocks=(Block(text="Maß"),), markdown="# Maß <b>\n"))
    assert files["document.md"] == "<!-- page 1 -->\n\n# Maß \\<b>\n"


def test_json_has_all_data_of_every_page() -> None:
    _, files = assemble(make_recognized(1, "Größe"), make_failed(2))
    content = json.loads(files["document.json"])
    assert (content["document"], content["tenant"], content["bucket"]) == (str(ID), "acme", "pagebus-uploads")
    assert content["key"] == "in/acme/Größe & Maß.png"
    first, second = content["pages"]
    assert (first["page"], first["state"], first["engine"], first["text"]) == (1, "recognized", "tesseract", "Größe")
    assert (first["width"], first["height"], first["dpi"]) == (1653, 2339, 200)
    assert first["lines"][0]["text"] == "Größe"
    assert (first["why"], second["why"]) == ("first on the route; tesseract expects 90% to be right", None)
    assert (second["page"], second["state"], second["reason"]) == (2, "failed", "damaged_page")
    assert (second["text"], second["lines"]) == (None, [])
    assert list(first) == list(second)
    assert "Größe" in files["document.json"]


def test_json_lists_disagreements_of_engines() -> None:
    disagreement = Disagreement(
        read={"rapidocr": "Größe", "tesseract": "GroBe"}, taken="Größe", why="the lexicon has it"
    )
    made_of = {"rapidocr": "3", "tesseract": "5"}
    _, files = assemble(
        make_recognized(1, "Größe", made_of=made_of, disagreements=(disagreement,)), make_recognized(2, "Maß")
    )
    first, second = json.loads(files["document.json"])["pages"]
    assert (first["made_of"], first["disagreements"]) == (made_of, [disagreement.model_dump(mode="json")])
    assert (second["made_of"], second["disagreements"]) == ({}, [])


def test_requested_formats_are_written_once() -> None:
    event, files = assemble(make_recognized(1, "eins"), outputs=(OutputFormat.TEXT, OutputFormat.TEXT))
    assert list(files) == ["document.txt"]
    [output] = event.outputs
    assert output.dataref == f"s3://pagebus-results/{FOLDER}/document.txt"
    assert (output.format, output.size) == (OutputFormat.TEXT, len("eins\n"))


def test_output_size_is_in_bytes() -> None:
    event, files = assemble(make_recognized(1, "äöüß€"))
    assert {output.dataref.rpartition("/")[2]: output.size for output in event.outputs} == {
        name: len(text.encode()) for name, text in files.items()
    }


def test_repeated_assembly_gives_same_bytes() -> None:
    pages = [make_recognized(1, "eins"), make_failed(2)]
    assert assemble(*pages) == assemble(*pages)


def test_document_without_waiting_pages_is_skipped() -> None:
    store = FakeStore()
    assert handle(make_request(), pages=FakePages(), upload=store.upload, results_bucket="pagebus-results") == []
    assert store.objects == {}


def test_missing_reading_uploads_nothing() -> None:
    store = FakeStore()
    with pytest.raises(Unavailable):
        handle(
            make_request(),
            pages=FakePages(make_recognized(1, "eins"), broken=True),
            upload=store.upload,
            results_bucket="pagebus-results",
        )
    assert store.objects == {}


def test_long_document_needs_constant_memory(tmp_path: Path) -> None:
    pages = (make_recognized(number, "Größe " * 10_000) for number in range(1, 301))
    tracemalloc.start()
    assert write_outputs(make_request(), ALL_FORMATS, pages, tmp_path) == 300
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) > 60_000_000
    assert peak < 4_000_000
