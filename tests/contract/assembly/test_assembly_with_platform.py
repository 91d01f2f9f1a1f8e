"""Assembly with a real PostgreSQL and an S3 server."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from uuid import UUID, uuid4

import psycopg
import pytest

from events.document import DocumentAssembled, DocumentRecognized, OutputFormat
from functions.assembly.handler import handle
from functions.assembly.pages import DocumentPages
from functions.assembly.settings import AssemblySettings
from functions.reading.reading import Reading
from functions.reading.store import ReadingStore
from functions.runtime.database import Database
from functions.runtime.errors import Unavailable
from functions.runtime.migrations import migrate
from functions.runtime.storage import Storage, make_dataref
from local.platform.endpoints import RESULTS_BUCKET, Endpoints
from local.platform.lifecycle import start_platform, stop_platform

#: More pages than assembly fetches at a time.
PAGES = 60


@dataclass(frozen=True)
class Assembly:
    """The assembly function with its platform."""

    endpoints: Endpoints
    storage: Storage
    database: Database

    @property
    def pages(self) -> DocumentPages:
        return DocumentPages(self.database, ReadingStore(self.storage, RESULTS_BUCKET))

    def assemble(self, document: UUID) -> list[DocumentAssembled]:
        request = DocumentRecognized(
            document=document,
            tenant="acme",
            bucket="pagebus-uploads",
            key="in/acme/Größe.png",
            etag="9a03",
            sha256="0" * 64,
            pages=PAGES,
            outputs=(OutputFormat.TEXT,),
        )
        assemble = partial(handle, pages=self.pages, upload=self.storage.upload, results_bucket=RESULTS_BUCKET)
        return [event for event in assemble(request) if isinstance(event, DocumentAssembled)]

    def create_recognized_document(
        self, *, state: str = "assembling", tenant: str = "acme", pages: int = PAGES
    ) -> UUID:
        """Insert a document whose pages are all recognized, last page first. Return its id."""
        document = uuid4()
        with psycopg.connect(self.endpoints.database) as connection:
            connection.execute(
                "INSERT INTO documents (document, tenant, bucket, key, etag, run, state, pages) "
                "VALUES (%s, 'acme', 'pagebus-uploads', 'in/acme/Größe.png', 'e', 0, %s, %s)",
                (document, state, pages),
            )
            for page in reversed(range(1, pages + 1)):
                connection.execute(
                    "INSERT INTO pages (document, page, state, dataref) VALUES (%s, %s, 'recognized', %s)",
                    (document, page, make_dataref(RESULTS_BUCKET, self.make_key(document, page, tenant))),
                )
                self.storage.put_if_absent(
                    RESULTS_BUCKET, self.make_key(document, page, tenant), create_reading(page), "application/json"
                )
        return document

    def make_key(self, document: UUID, page: int, tenant: str = "acme") -> str:
        return f"readings/{tenant}/{document.hex * 2}/{page}/tesseract-5-deu.json"


def create_reading(page: int) -> bytes:
    return (
        Reading(
            engine="tesseract",
            engine_version="5",
            languages=("deu",),
            text=f"Größe {page}",
            confidence=0.9,
            width=100,
            height=100,
            dpi=200,
            lines=(),
        )
        .model_dump_json()
        .encode()
    )


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assembly]:
    home = tmp_path_factory.mktemp("assembly")
    endpoints = start_platform("embedded", home, None)
    migrate(endpoints.database)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in endpoints.as_environment().items():
            patch.setenv(name, value)
        settings = AssemblySettings()
        # There is only one connection, so a test fails if assembly does not return it.
        with closing(Database(settings.database_url, 1)) as database:
            yield Assembly(endpoints, Storage(settings), database)
    stop_platform(home)


def test_pages_are_assembled_in_order(assembly: Assembly) -> None:
    document = assembly.create_recognized_document()
    [assembled] = assembly.assemble(document)
    [output] = assembled.outputs
    body = assembly.storage.get(RESULTS_BUCKET, f"documents/acme/{document}/document.txt")
    assert body is not None
    assert body.decode() == "\f".join(f"Größe {page}\n" for page in range(1, PAGES + 1))
    assert output.size == len(body)


def test_repeated_assembly_gives_same_event(assembly: Assembly) -> None:
    document = assembly.create_recognized_document(pages=2)
    [first], [second] = assembly.assemble(document), assembly.assemble(document)
    assert (first, first.id) == (second, second.id)


@pytest.mark.parametrize("state", ["completed", "failed", "cancelled", "erased"])
def test_ended_document_is_not_assembled(assembly: Assembly, state: str) -> None:
    document = assembly.create_recognized_document(state=state, pages=1)
    assert assembly.assemble(document) == []
    assert assembly.storage.head(RESULTS_BUCKET, f"documents/acme/{document}/document.txt") is None


def test_unknown_document_is_not_assembled(assembly: Assembly) -> None:
    assert assembly.assemble(uuid4()) == []


@pytest.mark.parametrize(
    "reference", [make_dataref(RESULTS_BUCKET, "readings/acme/none.json"), "readings/acme/none", None]
)
def test_missing_reading_raises_unavailable_and_writes_no_output(assembly: Assembly, reference: str | None) -> None:
    document = assembly.create_recognized_document(pages=2)
    with psycopg.connect(assembly.endpoints.database) as connection:
        connection.execute("UPDATE pages SET dataref = %s WHERE document = %s AND page = 2", (reference, document))
    with pytest.raises(Unavailable):
        assembly.assemble(document)
    assert assembly.storage.head(RESULTS_BUCKET, f"documents/acme/{document}/document.txt") is None


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff"])
def test_invalid_reading_raises_unavailable(assembly: Assembly, content: bytes) -> None:
    document = assembly.create_recognized_document(pages=2)
    assembly.storage.put(RESULTS_BUCKET, assembly.make_key(document, 2), content, "application/json")
    with pytest.raises(Unavailable):
        assembly.assemble(document)


def test_reading_of_other_tenant_raises_unavailable(assembly: Assembly) -> None:
    document = assembly.create_recognized_document(tenant="other", pages=1)
    with pytest.raises(Unavailable):
        assembly.assemble(document)
    assert assembly.storage.head(RESULTS_BUCKET, f"documents/acme/{document}/document.txt") is None


def test_closed_page_iterator_returns_its_connection(assembly: Assembly) -> None:
    document = assembly.create_recognized_document(pages=2)
    with closing(assembly.pages.load(document, "acme")) as pages:
        next(pages)
    with assembly.database.begin_transaction() as connection:
        assert connection.execute("SELECT 1 AS number").fetchone() == {"number": 1}
