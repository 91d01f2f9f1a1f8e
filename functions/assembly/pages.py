"""Loads the pages of a document, one at a time: metadata from PostgreSQL and readings from S3."""

from collections.abc import Generator, Iterator
from uuid import UUID

from psycopg.rows import class_row
from pydantic import BaseModel, ConfigDict

from events.states import PageState
from functions.reading.reading import Reading
from functions.reading.store import ReadingStore
from functions.runtime.database import Database
from functions.runtime.errors import Unavailable

_ROWS_PER_FETCH = 50
# A document that has ended or was erased in the meantime has no pages to assemble.
_PAGES = """
SELECT p.page, p.state, p.engine, p.engine_version, p.confidence, p.best_effort, p.why, p.reason, p.dataref
  FROM pages p JOIN documents d USING (document)
 WHERE p.document = %s AND d.state = 'assembling' ORDER BY p.page"""


class PageMetadata(BaseModel):
    """The row of a page without its text; `dataref` is the object of its reading."""

    model_config = ConfigDict(frozen=True)

    page: int
    state: PageState
    engine: str | None
    engine_version: str | None
    confidence: float | None
    best_effort: bool | None
    why: str | None
    reason: str | None
    dataref: str | None


class DocumentPages:
    """Loads the pages of documents."""

    def __init__(self, database: Database, readings: ReadingStore) -> None:
        self._database, self._readings = database, readings

    def load(self, document: UUID, tenant: str) -> Generator[tuple[PageMetadata, Reading | None], None, None]:
        """Yield every page in order, with its reading if recognized. Yield none if the document is not being assembled.

        Raise Unavailable, also for a reading that is missing or damaged: the row says that it was stored, so perhaps
        the bucket is being restored, or its lifecycle rule is too short. A text with a gap would be worse than a late
        one. The reconciler repeats the request until the document's deadline.
        """
        for page in self._load_rows(document):
            yield page, self._load_reading(page.dataref, tenant) if page.state is PageState.RECOGNIZED else None

    def _load_rows(self, document: UUID) -> Iterator[PageMetadata]:
        with (
            self._database.begin_transaction() as connection,
            connection.cursor(name="pages", row_factory=class_row(PageMetadata)) as rows,
        ):
            rows.itersize = _ROWS_PER_FETCH
            yield from rows.execute(_PAGES, (document,))

    def _load_reading(self, dataref: str | None, tenant: str) -> Reading:
        reading = self._readings.load(dataref or "", tenant=tenant)
        if reading is None:
            raise Unavailable("a stored reading is missing in the results bucket")
        return reading
