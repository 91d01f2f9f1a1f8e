"""Dependencies of intake with a store in memory and an inspector that returns a prepared document."""

from contextlib import nullcontext
from dataclasses import dataclass, field

from events.document import DocumentRejected, DocumentUploaded
from events.event import Event
from functions.intake.handler import Dependencies, handle_upload
from functions.intake.inspection import InspectedPage
from functions.intake.inspector import DocumentInspector, InspectedDocument
from functions.intake.rejection import UploadRejected
from functions.intake.settings import IntakeSettings
from functions.intake.upload import UploadedObject
from functions.reading.store import ReadingStore
from functions.runtime.disk_cache import DiskCache
from functions.runtime.storage import ObjectInfo
from tests.fakes import MemoryStorage

BUCKET, KEY = "pagebus-uploads", "in/acme/Größe & b+c 100%.pdf"
UPLOAD = DocumentUploaded(bucket=BUCKET, key=KEY)
#: Two pages: the first has a text layer, the second needs an engine.
DOCUMENT = InspectedDocument(
    sha256="a" * 64,
    media_type="application/pdf",
    size=5,
    pages=2,
    inspected_pages=(
        InspectedPage(page=1, text="Größe", why="the text is complete and visible"),
        InspectedPage(page=2, text=None, why="the page has no text"),
    ),
)


@dataclass(frozen=True, kw_only=True)
class FakeInspector(DocumentInspector):
    """An inspector that returns `document` or raises a prepared rejection. Contract tests cover the real inspector."""

    document: InspectedDocument = DOCUMENT
    #: The first page and `with_text` of each call.
    calls: list[tuple[int, bool]] = field(default_factory=list)
    rejections: list[UploadRejected] = field(default_factory=list)

    def inspect(self, uploaded: UploadedObject, info: ObjectInfo, *, with_text: bool) -> InspectedDocument:  # noqa: ARG002  # same signature as the real one
        if self.rejections:
            raise self.rejections.pop()
        self.calls.append((uploaded.upload.first_page, with_text))
        return self.document


def make_settings(**changes: object) -> IntakeSettings:
    return IntakeSettings.model_validate({"kafka_bootstrap_servers": "unused:9092", **changes})


def make_dependencies(document: InspectedDocument = DOCUMENT, **changes: object) -> Dependencies:
    """Return dependencies with two engines, `tesseract` and `toy`, and settings with these changes."""
    storage = MemoryStorage()
    settings = make_settings(**changes)
    inspector = FakeInspector(
        storage=storage,
        disk_cache=DiskCache(0),
        sandbox=None,  # type: ignore[arg-type]  # the fake does not use it
        settings=settings,
        document=document,
    )
    return Dependencies(
        storage=storage,
        inspector=inspector,
        readings=ReadingStore(storage, "pagebus-results"),
        list_engines=lambda: frozenset({"tesseract", "toy"}),
        trace_document=lambda _document, _uploaded_at: nullcontext(),
        settings=settings,
    )


def add_object(
    dependencies: Dependencies, key: str = KEY, body: bytes = b"bytes", metadata: dict[str, str] | None = None
) -> ObjectInfo:
    assert isinstance(dependencies.storage, MemoryStorage)
    return dependencies.storage.add(BUCKET, key, body, metadata)


def handle(dependencies: Dependencies, upload: DocumentUploaded = UPLOAD) -> list[Event]:
    return handle_upload((upload,), announced_at=None, dependencies=dependencies)


def get_rejection(events: list[Event]) -> DocumentRejected:
    """Return the only event, which must be a rejection."""
    [rejected] = events
    assert isinstance(rejected, DocumentRejected)
    return rejected
