"""Intake's desk with a store in memory and an examiner that is told what it sees."""

from contextlib import nullcontext
from dataclasses import dataclass, field

from events.document import DocumentRejected, DocumentUploaded
from events.event import Event
from functions.intake.examination import Examined, Examiner
from functions.intake.finding import Found
from functions.intake.handler import Desk
from functions.intake.inspection import PageSeen
from functions.intake.refusal import Refusal
from functions.intake.settings import IntakeSettings
from functions.reading.store import Readings
from functions.runtime.disk_cache import Copies
from functions.runtime.storage import Stored
from tests.fakes import MemoryStorage

BUCKET, KEY = "pagebus-uploads", "in/acme/Größe & b+c 100%.pdf"
UPLOAD = DocumentUploaded(bucket=BUCKET, key=KEY)
SCAN = Examined(
    sha256="a" * 64,
    media_type="application/pdf",
    size=5,
    pages=2,
    seen=(
        PageSeen(page=1, text="Größe", why="the text is complete and visible"),
        PageSeen(page=2, text=None, why="the page has no text"),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Told(Examiner):
    """An examiner that is told what it sees. The real one is tested on real documents, in the sandbox."""

    seen: Examined = SCAN
    asked: list[tuple[int, bool]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def examine(self, found: Found, stored: Stored, *, text: bool) -> Examined:  # noqa: ARG002  # the real one's
        if self.refusals:
            raise self.refusals.pop()
        self.asked.append((found.upload.first_page, text))
        return self.seen


def settings(**changes: object) -> IntakeSettings:
    return IntakeSettings.model_validate({"kafka_bootstrap_servers": "unused:9092", **changes})


def desk(seen: Examined = SCAN, **changes: object) -> Desk:
    storage = MemoryStorage()
    chosen = settings(**changes)
    return Desk(
        storage=storage,
        examiner=Told(storage=storage, copies=Copies(0), sandbox=None, settings=chosen, seen=seen),  # type: ignore[arg-type]  # not asked
        readings=Readings(storage, "pagebus-results"),
        engines=lambda: frozenset({"tesseract", "toy"}),
        working=lambda _document, _uploaded_at: nullcontext(),
        settings=chosen,
    )


def store(at: Desk, key: str = KEY, body: bytes = b"bytes", metadata: dict[str, str] | None = None) -> Stored:
    assert isinstance(at.storage, MemoryStorage)
    return at.storage.add(BUCKET, key, body, metadata)


def rejection(events: list[Event]) -> DocumentRejected:
    [rejected] = events
    assert isinstance(rejected, DocumentRejected)
    return rejected
