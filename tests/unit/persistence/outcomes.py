"""What functions find of a made-up document."""

from dataclasses import dataclass
from typing import Any

from events.document import (
    DocumentAccepted,
    DocumentAssembled,
    DocumentFailed,
    DocumentRejected,
    Output,
    OutputFormat,
    PagePlan,
)
from events.identity import document_id
from events.page import PageFailed, PageRecognized, Seconds
from events.reasons import DocumentFailure, PageFailure, Rejection


@dataclass(frozen=True)
class Made:
    """A document of so many pages, under in/acme/<name>."""

    name: str
    pages: int

    @property
    def key(self) -> str:
        return f"in/acme/{self.name}"

    @property
    def origin(self) -> dict[str, Any]:
        return {
            "document": document_id(tenant="acme", bucket="uploads", key=self.key, etag="abc"),
            "tenant": "acme",
            "bucket": "uploads",
            "key": self.key,
            "etag": "abc",
        }

    def accepted(
        self,
        first: int = 1,
        last: int | None = None,
        route: tuple[str, ...] = ("tesseract",),
        *,
        consensus: bool = False,
    ) -> Any:
        return DocumentAccepted(
            **self.origin,
            sha256="0" * 64,
            media_type="application/pdf",
            size=1234,
            pages=self.pages,
            first_page=first,
            plan=tuple(
                PagePlan(page=page, route=route, why="a scan") for page in range(first, (last or self.pages) + 1)
            ),
            languages=("deu", "eng"),
            engines=route or None,
            outputs=(OutputFormat.TEXT,),
            min_confidence=0.7,
            consensus=consensus,
            bulk=False,
        )

    def rejected(self) -> DocumentRejected:
        return DocumentRejected(**self.origin, reason=Rejection.DAMAGED_PDF, message="It ends in the middle.")

    def recognized(
        self, page: int, engine: str = "tesseract", confidence: float = 0.75, **others: Any
    ) -> PageRecognized:
        said = PageRecognized(
            **self.origin,
            page=page,
            pages=self.pages,
            engine=engine,
            engine_version="5.5",
            languages=("deu", "eng"),
            text=f"Größe {page}",
            confidence=confidence,
            seconds=Seconds(waiting=0.5, starting=0.25, reading=1.5),
            why="a scan",
            best_effort=False,
            dataref=f"s3://results/readings/acme/{page}",
        )
        return said.model_copy(update=others)

    def failed(self, page: int, attempt: int = 1) -> PageFailed:
        return PageFailed(
            **self.origin,
            page=page,
            pages=self.pages,
            reason=PageFailure.DAMAGED_PAGE,
            message="It cannot be drawn.",
            attempt=attempt,
        )

    def assembled(self) -> DocumentAssembled:
        output = Output(format=OutputFormat.TEXT, dataref="s3://results/documents/t", media_type="text/plain", size=9)
        return DocumentAssembled(**self.origin, outputs=(output,))

    def overdue(self) -> DocumentFailed:
        return DocumentFailed(**self.origin, reason=DocumentFailure.DEADLINE_EXCEEDED, message="It took a day.")
