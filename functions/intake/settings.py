"""Environment variables of intake."""

from typing import Annotated

from pydantic import Field, StringConstraints

from functions.intake.engines import DEFAULT_ROUTE, KNOWN_ENGINES
from functions.runtime.settings import KafkaSettings, SandboxSettings, Settings, StorageSettings

Names = Annotated[str, StringConstraints(pattern=r"^[a-z_]+([+,][a-z_]+)*$")]


class IntakeSettings(Settings, KafkaSettings, StorageSettings, SandboxSettings):
    """Settings of intake: limits, and the default options of an upload."""

    # With German alone, Tesseract loses fewer umlauts than with German and English, and reads English almost as well.
    languages: Names = Field("deu", description="languages of uploads that name no language, as deu+eng")
    route: Names = Field(
        DEFAULT_ROUTE,
        description="engines, in order, of uploads that name no engine, as a,b; unavailable engines are skipped",
    )
    # The image of intake does not contain the folders of the engines, so it needs this list of their names.
    known_engines: Names = Field(
        KNOWN_ENGINES,
        description="engines that an operator can add, as a,b; an upload that names one is rejected with instructions",
    )
    outputs: Names = Field("text,markdown,json", description="outputs of uploads that name no output, as text,json")
    # Measured by python -m tests.accuracy.judge: below 0.93, more pages have a result that RapidOCR would improve.
    # Above 0.93, each step of 0.01 costs 10 % of RapidOCR's time and corrects only 0.25 % of the characters.
    min_confidence: float = Field(
        0.93, ge=0, le=1, description="expected character accuracy below which the next engine reads a page, 0 to 1"
    )
    consensus: bool = Field(
        default=False,
        description="two engines read each page and vote on each word, unless the upload sets it",
    )

    max_pages: int = Field(10_000, ge=1, description="maximum number of pages; a longer document is rejected")
    pages_per_event: int = Field(50, ge=1, description="maximum number of pages that intake plans in one event")
    bulk_from_pages: int = Field(
        20, ge=2, description="page count from which a document uses the topics for long documents"
    )
    cache_bytes: int = Field(1 << 30, ge=0, description="bytes of local disk for cached documents")
    # More than for engines: a job of intake inspects many pages, and a job of an engine renders one. The container has
    # memory for one job of each concurrent request.
    job_memory_bytes: int = Field(768 << 20, ge=1 << 26, description="bytes of memory for inspecting one document")
    job_seconds: int = Field(45, ge=1, description="seconds of CPU time for inspecting one document")
