"""Assembly before a real PostgreSQL and an S3 server."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from uuid import UUID, uuid4

import psycopg
import pytest

from events.document import DocumentAssembled, DocumentRecognized, OutputFormat
from functions.assembly.handler import handle
from functions.assembly.pages import Pages
from functions.assembly.settings import AssemblySettings
from functions.reading.reading import Reading
from functions.reading.store import Readings
from functions.runtime.database import Database
from functions.runtime.errors import Unavailable
from functions.runtime.migrations import migrate
from functions.runtime.storage import Storage, dataref
from local.platform.endpoints import RESULTS_BUCKET, Endpoints
from local.platform.lifecycle import start, stop

#: More than are fetched at a time.
PAGES = 60


@dataclass(frozen=True)
class Assembly:
    endpoints: Endpoints
    storage: Storage
    database: Database

    @property
    def pages(self) -> Pages:
        return Pages(self.database, Readings(self.storage, RESULTS_BUCKET))

    def put_together(self, document: UUID) -> list[DocumentAssembled]:
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
        put_together = partial(handle, pages=self.pages, upload=self.storage.upload, results_bucket=RESULTS_BUCKET)
        return [event for event in put_together(request) if isinstance(event, DocumentAssembled)]

    def recognized(self, *, state: str = "assembling", tenant: str = "acme", pages: int = PAGES) -> UUID:
        """A document whose pages are all in, last page first."""
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
                    (document, page, dataref(RESULTS_BUCKET, self.key(document, page, tenant))),
                )
                self.storage.put_new(
                    RESULTS_BUCKET, self.key(document, page, tenant), reading(page), "application/json"
                )
        return document

    def key(self, document: UUID, page: int, tenant: str = "acme") -> str:
        return f"readings/{tenant}/{document.hex * 2}/{page}/tesseract-5-deu.json"


def reading(page: int) -> bytes:
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
    endpoints = start("embedded", home, None)
    migrate(endpoints.database)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in endpoints.environment().items():
            patch.setenv(name, value)
        settings = AssemblySettings()
        # One connection: whoever keeps it is found out.
        with closing(Database(settings.database_url, 1)) as database:
            yield Assembly(endpoints, Storage(settings), database)
    stop(home)


def test_pages_are_put_together_in_their_order(assembly: Assembly) -> None:
    document = assembly.recognized()
    [assembled] = assembly.put_together(document)
    [output] = assembled.outputs
    body = assembly.storage.get(RESULTS_BUCKET, f"documents/acme/{document}/document.txt")
    assert body is not None
    assert body.decode() == "\f".join(f"Größe {page}\n" for page in range(1, PAGES + 1))
    assert output.size == len(body)


def test_put_together_twice_a_document_is_announced_the_same(assembly: Assembly) -> None:
    document = assembly.recognized(pages=2)
    [first], [second] = assembly.put_together(document), assembly.put_together(document)
    assert (first, first.id) == (second, second.id)


@pytest.mark.parametrize("state", ["completed", "failed", "cancelled", "erased"])
def test_a_document_that_has_ended_is_left_alone(assembly: Assembly, state: str) -> None:
    document = assembly.recognized(state=state, pages=1)
    assert assembly.put_together(document) == []
    assert assembly.storage.head(RESULTS_BUCKET, f"documents/acme/{document}/document.txt") is None


def test_an_unknown_document_is_left_alone(assembly: Assembly) -> None:
    assert assembly.put_together(uuid4()) == []


@pytest.mark.parametrize("nowhere", [dataref(RESULTS_BUCKET, "readings/acme/none.json"), "readings/acme/none", None])
def test_a_missing_reading_is_waited_for_and_leaves_no_output(assembly: Assembly, nowhere: str | None) -> None:
    document = assembly.recognized(pages=2)
    with psycopg.connect(assembly.endpoints.database) as connection:
        connection.execute("UPDATE pages SET dataref = %s WHERE document = %s AND page = 2", (nowhere, document))
    with pytest.raises(Unavailable):
        assembly.put_together(document)
    assert assembly.storage.head(RESULTS_BUCKET, f"documents/acme/{document}/document.txt") is None


@pytest.mark.parametrize("garbage", [b"", b"{}", b"\xff"])
def test_a_garbled_reading_is_waited_for(assembly: Assembly, garbage: bytes) -> None:
    document = assembly.recognized(pages=2)
    assembly.storage.put(RESULTS_BUCKET, assembly.key(document, 2), garbage, "application/json")
    with pytest.raises(Unavailable):
        assembly.put_together(document)


def test_a_reading_of_another_tenant_is_not_read(assembly: Assembly) -> None:
    document = assembly.recognized(tenant="other", pages=1)
    with pytest.raises(Unavailable):
        assembly.put_together(document)
    assert assembly.storage.head(RESULTS_BUCKET, f"documents/acme/{document}/document.txt") is None


def test_whoever_stops_reading_pages_gives_the_connection_back(assembly: Assembly) -> None:
    document = assembly.recognized(pages=2)
    with closing(assembly.pages.of(document, "acme")) as pages:
        next(pages)
    with assembly.database.transaction() as connection:
        assert connection.execute("SELECT 1 AS one").fetchone() == {"one": 1}
