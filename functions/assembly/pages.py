"""Loader of the pages of a document, one at a time: metadata from PostgreSQL and readings from S3."""

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
# The condition on the state excludes a document that was completed, failed or erased after assembly was requested.
_PAGES = """
SELECT p.page, p.state, p.engine, p.engine_version, p.confidence, p.best_effort, p.why, p.reason, p.dataref
  FROM pages p JOIN documents d USING (document)
 WHERE p.document = %s AND d.state = 'assembling' ORDER BY p.page"""


class PageMetadata(BaseModel):
    """The stored columns of a page, except its text. `dataref` is the location of its reading, as s3://bucket/key."""

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
    """Loader of the pages of documents, from PostgreSQL and the store of readings."""

    def __init__(self, database: Database, readings: ReadingStore) -> None:
        self._database, self._readings = database, readings

    def load(self, document: UUID, tenant: str) -> Generator[tuple[PageMetadata, Reading | None], None, None]:
        """Yield every page in order, with its reading, or with None if the page is not recognized.

        Yield nothing if the document is not in the state `assembling`. Raise Unavailable if a service does not answer,
        or if a stored reading is missing or damaged. A missing reading may come back, for example when a restore of
        the bucket ends. A late output is better than an output without a page's text, so the reconciler repeats the
        request until the document's deadline.
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
