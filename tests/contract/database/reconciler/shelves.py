"""Stores that have readings, and do not give them to everybody at once."""

import threading

from functions.reading.store import Readings
from functions.runtime.errors import Unavailable
from functions.runtime.storage import Stored
from tests.fakes import MemoryStorage
from tests.unit.engine.engine_fakes import reading, request


class Ended(BaseException):
    """As the end of the process."""


class Shelves(MemoryStorage):
    """A store that counts the pages it is asked for. Readings of `refused` pages cannot be had: archived, or broken."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: set[int] = set()
        self.ends, self.looked_up = False, 0

    def keep(self, page: int, engine: str) -> None:
        asked = request(page=page, sha256="0" * 64, languages=("deu", "eng"))
        Readings(self, "pagebus-results").keep(asked, reading(engine, 0.5, "Maß", languages=asked.languages))

    def get(self, bucket: str, key: str) -> bytes | None:
        if key.startswith("readings/") and int(key.split("/")[3]) in self.refused:
            raise Unavailable("the object store answered InvalidObjectState")
        return super().get(bucket, key)

    def list(self, bucket: str, prefix: str, *, after: str = "", limit: int = 1000) -> list[Stored]:
        if prefix.startswith("readings/"):
            self.looked_up += 1
            if self.ends:
                raise Ended
        return super().list(bucket, prefix, after=after, limit=limit)


class Waits(Shelves):
    """It answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go = threading.Event(), threading.Event()

    def list(self, bucket: str, prefix: str, *, after: str = "", limit: int = 1000) -> list[Stored]:
        self.asked.set()
        self.go.wait(30)
        return super().list(bucket, prefix, after=after, limit=limit)
