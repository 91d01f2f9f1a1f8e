"""The environment variables of intake."""

from typing import Annotated

from pydantic import Field, StringConstraints

from functions.intake.engines import DEFAULT_ROUTE, KNOWN_ENGINES
from functions.runtime.settings import KafkaSettings, SandboxSettings, Settings, StorageSettings

Names = Annotated[str, StringConstraints(pattern=r"^[a-z_]+([+,][a-z_]+)*$")]


class IntakeSettings(Settings, KafkaSettings, StorageSettings, SandboxSettings):
    """The limits of intake, and the default options of an upload."""

    # With German alone, Tesseract loses fewer umlauts than with German and English, and English is hardly read worse.
    languages: Names = Field("deu", description="languages of documents that name none, as deu+eng")
    route: Names = Field(
        DEFAULT_ROUTE,
        description="engines in order for documents that name none, as a,b; unavailable ones are skipped",
    )
    # The image of intake does not contain the folders of the engines, so it needs their names.
    known_engines: Names = Field(
        KNOWN_ENGINES,
        description="engines that can be added to an installation, as a,b; rejections explain how",
    )
    outputs: Names = Field("text,markdown,json", description="outputs of documents that name none")
    # Measured by python -m tests.accuracy.judge: below 0.93, more pages have a result that RapidOCR would improve.
    # Above it, each hundredth costs a tenth of RapidOCR's time and corrects a quarter of a per cent of the characters.
    min_confidence: float = Field(
        0.93, ge=0, le=1, description="expected character accuracy below which the next engine reads a page, 0 to 1"
    )
    consensus: bool = Field(
        default=False, description="two engines read each page and vote on each word, for documents that do not choose"
    )

    max_pages: int = Field(10_000, ge=1, description="pages of the longest document that is read")
    pages_per_event: int = Field(50, ge=1, description="pages planned at a time; intake sends itself the next range")
    bulk_from_pages: int = Field(20, ge=2, description="pages from which a document uses the topics for long documents")
    cache_bytes: int = Field(1 << 30, ge=0, description="bytes of local disk for cached documents")
    # A job of intake inspects many pages; a job of an engine renders one. The container has memory for one job of each
    # concurrent request.
    job_memory_bytes: int = Field(768 << 20, ge=1 << 26, description="bytes of memory for inspecting one document")
    job_seconds: int = Field(45, ge=1, description="seconds of CPU time for inspecting one document")
