"""Stores in memory that count listings, fail for some pages, or block."""

import threading

from functions.reading.store import ReadingStore
from functions.runtime.errors import Unavailable
from functions.runtime.storage import ObjectInfo
from tests.fakes import MemoryStorage
from tests.unit.engine.engine_fakes import make_reading, make_request


class ProcessEnd(BaseException):
    """An exception like the end of the process: no handler catches it."""


class CountingStore(MemoryStorage):
    """A store that counts listings of readings. It is unavailable for the readings of `unavailable_pages`."""

    def __init__(self) -> None:
        super().__init__()
        self.unavailable_pages: set[int] = set()
        self.ends_process, self.listings = False, 0

    def add_reading(self, page: int, engine: str) -> None:
        page_request = make_request(page=page, sha256="0" * 64, languages=("deu", "eng"))
        ReadingStore(self, "pagebus-results").save_if_absent(
            page_request, make_reading(engine, 0.5, "Maß", languages=page_request.languages)
        )

    def get(self, bucket: str, key: str) -> bytes | None:
        if key.startswith("readings/") and int(key.split("/")[3]) in self.unavailable_pages:
            raise Unavailable("the object store answered InvalidObjectState")
        return super().get(bucket, key)

    def list_objects(self, bucket: str, prefix: str, *, after: str = "", limit: int = 1000) -> list[ObjectInfo]:
        if prefix.startswith("readings/"):
            self.listings += 1
            if self.ends_process:
                raise ProcessEnd
        return super().list_objects(bucket, prefix, after=after, limit=limit)


class BlockingStore(CountingStore):
    """A store whose listings wait until `may_continue` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.is_waiting, self.may_continue = threading.Event(), threading.Event()

    def list_objects(self, bucket: str, prefix: str, *, after: str = "", limit: int = 1000) -> list[ObjectInfo]:
        self.is_waiting.set()
        self.may_continue.wait(30)
        return super().list_objects(bucket, prefix, after=after, limit=limit)
