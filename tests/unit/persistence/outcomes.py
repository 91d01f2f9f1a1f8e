"""Outcomes of an example document, as other functions publish them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from events.document import (
    DocumentAccepted,
    DocumentAssembled,
    DocumentFailed,
    DocumentRejected,
    Output,
    OutputFormat,
    PagePlan,
)
from events.identity import compute_document_id
from events.page import PageFailed, PageRecognized, Seconds
from events.reasons import DocumentFailure, PageFailure, Rejection


@dataclass(frozen=True)
class ExampleDocument:
    """A document with a number of pages, uploaded as in/acme/<name>."""

    name: str
    pages: int

    @property
    def key(self) -> str:
        return f"in/acme/{self.name}"

    @property
    def document_id(self) -> UUID:
        return compute_document_id(tenant="acme", bucket="uploads", key=self.key, etag="abc")

    @property
    def document_fields(self) -> dict[str, Any]:
        return {
            "document": self.document_id,
            "tenant": "acme",
            "bucket": "uploads",
            "key": self.key,
            "etag": "abc",
        }

    def make_accepted(
        self,
        first: int = 1,
        last: int | None = None,
        route: tuple[str, ...] = ("tesseract",),
        *,
        consensus: bool = False,
    ) -> Any:
        return DocumentAccepted(
            **self.document_fields,
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

    def make_rejected(self) -> DocumentRejected:
        return DocumentRejected(**self.document_fields, reason=Rejection.DAMAGED_PDF, message="It ends in the middle.")

    def make_recognized(
        self, page: int, engine: str = "tesseract", confidence: float = 0.75, **others: Any
    ) -> PageRecognized:
        event = PageRecognized(
            **self.document_fields,
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
        return event.model_copy(update=others)

    def make_failed(self, page: int, attempt: int = 1) -> PageFailed:
        return PageFailed(
            **self.document_fields,
            page=page,
            pages=self.pages,
            reason=PageFailure.DAMAGED_PAGE,
            message="It cannot be drawn.",
            attempt=attempt,
        )

    def make_assembled(self) -> DocumentAssembled:
        output = Output(format=OutputFormat.TEXT, dataref="s3://results/documents/t", media_type="text/plain", size=9)
        return DocumentAssembled(**self.document_fields, outputs=(output,))

    def make_overdue(self) -> DocumentFailed:
        return DocumentFailed(
            **self.document_fields, reason=DocumentFailure.DEADLINE_EXCEEDED, message="It took a day."
        )
