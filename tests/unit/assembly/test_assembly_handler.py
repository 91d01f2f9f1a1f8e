"""A document is put together from its pages: the formats asked for, the same bytes each time."""

import json
import tracemalloc
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest

from events.document import DocumentAssembled, DocumentRecognized, OutputFormat
from functions.assembly.handler import handle, write
from functions.assembly.pages import Page, Pages
from functions.reading.reading import Block, Disagreement, Kind, Line, Reading
from functions.runtime.errors import Unavailable

ID = UUID("5f0c2d3e-8a1b-5c4d-9e6f-7a8b9c0d1e2f")
FOLDER = f"documents/acme/{ID}"
EVERY = tuple(OutputFormat)
Read = tuple[Page, Reading | None]


def request(*outputs: OutputFormat) -> DocumentRecognized:
    return DocumentRecognized(
        document=ID,
        tenant="acme",
        bucket="pagebus-uploads",
        key="in/acme/Größe & Maß.png",
        etag="9a03",
        sha256="0" * 64,
        pages=2,
        outputs=outputs or EVERY,
    )


def recognized(number: int, text: str, **more: object) -> Read:
    page = Page(
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


def failed(number: int) -> Read:
    nothing = dict.fromkeys(("engine", "engine_version", "confidence", "best_effort", "why", "dataref"))
    return Page.model_validate({**nothing, "page": number, "state": "failed", "reason": "damaged_page"}), None


class Kept(Pages):
    """Pages in memory; the last may be one whose reading the store lacks."""

    def __init__(self, *read: Read, broken: bool = False) -> None:
        self._read, self._broken = read, broken

    def of(self, document: UUID, tenant: str) -> Generator[Read, None, None]:
        assert (document, tenant) == (ID, "acme")
        yield from self._read
        if self._broken:
            raise Unavailable("a reading that was kept is not in the store")


@dataclass
class Store:
    """What was uploaded, by key."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def upload(self, bucket: str, key: str, path: Path, media_type: str) -> None:
        assert bucket == "pagebus-results"
        assert media_type
        self.objects[key] = path.read_bytes()


def assemble(*read: Read, outputs: tuple[OutputFormat, ...] = EVERY) -> tuple[DocumentAssembled, dict[str, str]]:
    store = Store()
    [event] = handle(request(*outputs), pages=Kept(*read), upload=store.upload, results_bucket="pagebus-results")
    assert isinstance(event, DocumentAssembled)
    return event, {key.removeprefix(f"{FOLDER}/"): body.decode() for key, body in store.objects.items()}


def test_form_feeds_separate_the_pages_of_the_text() -> None:
    _, files = assemble(recognized(1, "Größe\nMaß\n\n"), recognized(2, "Öl, 12,50 €"))
    assert files["document.txt"] == "Größe\nMaß\n\fÖl, 12,50 €\n"


def test_a_form_feed_inside_a_page_makes_no_other_page() -> None:
    _, files = assemble(recognized(1, "oben\funten"), recognized(2, "zwei"))
    assert files["document.txt"] == "oben unten\n\fzwei\n"


def test_a_page_that_failed_is_still_a_page() -> None:
    _, files = assemble(recognized(1, "eins"), failed(2), recognized(3, "drei"))
    assert files["document.txt"] == "eins\n\f\fdrei\n"


def test_markdown_tells_pages_apart_and_names_the_one_that_failed() -> None:
    _, files = assemble(recognized(1, "# Maß\n\nGrüße"), failed(2), recognized(3, ""))
    first = "<!-- page 1 -->\n\n\\# Maß\n\nGrüße\n"
    second = "<!-- page 2 -->\n\n*page 2 could not be read: damaged_page*\n"
    assert files["document.md"] == f"{first}\n---\n\n{second}\n---\n\n<!-- page 3 -->\n"


def test_markdown_has_the_form_of_the_blocks() -> None:
    blocks = (Block(kind=Kind.HEADING, text="Maß", lines=(0,)), Block(text="# Grüße"))
    _, files = assemble(recognized(1, "Maß\n\n# Grüße", blocks=blocks))
    assert files["document.md"] == "<!-- page 1 -->\n\n## Maß\n\n\\# Grüße\n"
    assert json.loads(files["document.json"])["pages"][0]["blocks"][0]["kind"] == "heading"


def test_an_engines_own_markdown_stands_before_its_blocks_and_cannot_act() -> None:
    _, files = assemble(recognized(1, "Maß", blocks=(Block(text="Maß"),), markdown="# Maß <b>\n"))
    assert files["document.md"] == "<!-- page 1 -->\n\n# Maß \\<b>\n"


def test_json_holds_what_is_known_of_every_page() -> None:
    _, files = assemble(recognized(1, "Größe"), failed(2))
    told = json.loads(files["document.json"])
    assert (told["document"], told["tenant"], told["bucket"]) == (str(ID), "acme", "pagebus-uploads")
    assert told["key"] == "in/acme/Größe & Maß.png"
    first, second = told["pages"]
    assert (first["page"], first["state"], first["engine"], first["text"]) == (1, "recognized", "tesseract", "Größe")
    assert (first["width"], first["height"], first["dpi"]) == (1653, 2339, 200)
    assert first["lines"][0]["text"] == "Größe"
    assert (first["why"], second["why"]) == ("first on the route; tesseract expects 90% to be right", None)
    assert (second["page"], second["state"], second["reason"]) == (2, "failed", "damaged_page")
    assert (second["text"], second["lines"]) == (None, [])
    assert list(first) == list(second)
    assert "Größe" in files["document.json"]


def test_json_lists_where_two_engines_differed() -> None:
    differ = Disagreement(read={"rapidocr": "Größe", "tesseract": "GroBe"}, taken="Größe", why="the lexicon has it")
    made_of = {"rapidocr": "3", "tesseract": "5"}
    _, files = assemble(recognized(1, "Größe", made_of=made_of, disagreements=(differ,)), recognized(2, "Maß"))
    first, second = json.loads(files["document.json"])["pages"]
    assert (first["made_of"], first["disagreements"]) == (made_of, [differ.model_dump(mode="json")])
    assert (second["made_of"], second["disagreements"]) == ({}, [])


def test_only_the_formats_asked_for_are_written_each_once() -> None:
    event, files = assemble(recognized(1, "eins"), outputs=(OutputFormat.TEXT, OutputFormat.TEXT))
    assert list(files) == ["document.txt"]
    [output] = event.outputs
    assert output.dataref == f"s3://pagebus-results/{FOLDER}/document.txt"
    assert (output.format, output.size) == (OutputFormat.TEXT, len("eins\n"))


def test_the_size_of_an_output_is_in_bytes() -> None:
    event, files = assemble(recognized(1, "äöüß€"))
    assert {output.dataref.rpartition("/")[2]: output.size for output in event.outputs} == {
        name: len(text.encode()) for name, text in files.items()
    }


def test_put_together_twice_a_document_is_the_same() -> None:
    pages = [recognized(1, "eins"), failed(2)]
    assert assemble(*pages) == assemble(*pages)


def test_a_document_that_waits_for_nothing_is_left_alone() -> None:
    store = Store()
    assert handle(request(), pages=Kept(), upload=store.upload, results_bucket="pagebus-results") == []
    assert store.objects == {}


def test_nothing_is_uploaded_when_a_reading_is_missing() -> None:
    store = Store()
    with pytest.raises(Unavailable):
        handle(
            request(),
            pages=Kept(recognized(1, "eins"), broken=True),
            upload=store.upload,
            results_bucket="pagebus-results",
        )
    assert store.objects == {}


def test_a_long_document_needs_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    pages = (recognized(number, "Größe " * 10_000) for number in range(1, 301))
    tracemalloc.start()
    assert write(request(), EVERY, pages, tmp_path) == 300
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) > 60_000_000
    assert peak < 4_000_000
