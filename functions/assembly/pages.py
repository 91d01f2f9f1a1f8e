"""The pages of a document: their rows from PostgreSQL, their readings from S3, one at a time."""

from collections.abc import Generator, Iterator
from uuid import UUID

from psycopg.rows import class_row
from pydantic import BaseModel, ConfigDict

from events.states import PageState
from functions.reading.reading import Reading
from functions.reading.store import Readings
from functions.runtime.database import Database
from functions.runtime.errors import Unavailable

_ROWS_AT_A_TIME = 50
# A document that has ended meanwhile, or was erased, has no pages to put together.
_PAGES = """
SELECT p.page, p.state, p.engine, p.engine_version, p.confidence, p.best_effort, p.why, p.reason, p.dataref
  FROM pages p JOIN documents d USING (document)
 WHERE p.document = %s AND d.state = 'assembling' ORDER BY p.page"""


class Page(BaseModel):
    """What is known of a page beside its reading, which `dataref` refers to."""

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


class Pages:
    """Where the pages of a tenant's document are."""

    def __init__(self, database: Database, readings: Readings) -> None:
        self._database, self._readings = database, readings

    def of(self, document: UUID, tenant: str) -> Generator[tuple[Page, Reading | None], None, None]:
        """Every page in order; none unless the document waits to be put together.

        Raises Unavailable, also for a reading that the store lacks or garbles: the row says that it was kept, so a
        bucket is being restored or was cut too early. A text with a silent gap would be worse than a late one; the
        reconciler asks again until the document's deadline.
        """
        for page in self._rows(document):
            yield page, self._reading(page.dataref, tenant) if page.state is PageState.RECOGNIZED else None

    def _rows(self, document: UUID) -> Iterator[Page]:
        with (
            self._database.transaction() as connection,
            connection.cursor(name="pages", row_factory=class_row(Page)) as rows,
        ):
            rows.itersize = _ROWS_AT_A_TIME
            yield from rows.execute(_PAGES, (document,))

    def _reading(self, dataref: str | None, tenant: str) -> Reading:
        reading = self._readings.at(dataref or "", tenant=tenant)
        if reading is None:
            raise Unavailable("a reading that was kept is not in the store")
        return reading
