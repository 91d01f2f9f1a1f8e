"""What intake reads from the environment."""

from typing import Annotated

from pydantic import Field, StringConstraints

from functions.runtime.settings import KafkaSettings, SandboxSettings, Settings, StorageSettings

Names = Annotated[str, StringConstraints(pattern=r"^[a-z_]+([+,][a-z_]+)*$")]


class IntakeSettings(Settings, KafkaSettings, StorageSettings, SandboxSettings):
    """Limits, and what an upload gets that wishes for nothing."""

    # German alone keeps umlauts better than German and English together, and hardly reads English worse.
    languages: Names = Field("deu", description="languages of documents that do not say, as deu+eng")
    route: Names = Field(
        "tesseract,rapidocr",
        description="engines in order for documents that do not say, as a,b; absent ones are left out",
    )
    # An image holds one function: intake cannot look for the others' folders.
    known_engines: Names = Field(
        "tesseract,rapidocr,gotocr,deepseek,surya",
        description="engines of which a refusal says that they are left out here, where they have no topic, as a,b",
    )
    outputs: Names = Field("text,markdown,json", description="outputs for documents that do not say")
    # By python -m tests.accuracy.judge: below it, more pages come out worse than RapidOCR would read them; above it,
    # every further hundredth costs a tenth of RapidOCR's time and gains a quarter of a per cent of characters.
    min_confidence: float = Field(
        0.93, ge=0, le=1, description="below this share of right characters a page goes on to the next engine, 0 to 1"
    )
    consensus: bool = Field(
        default=False, description="two engines read every page and vote on every word of documents that do not say"
    )

    max_pages: int = Field(10_000, ge=1, description="pages of the longest document that is read")
    pages_per_event: int = Field(50, ge=1, description="pages planned at a time; intake sends itself the rest")
    bulk_from_pages: int = Field(20, ge=2, description="pages from which a document takes the lane for long ones")
    cache_bytes: int = Field(1 << 30, ge=0, description="bytes of local disk for documents of many pages")
    # A job here looks at many pages, where an engine draws one. The container has room for one per request.
    job_memory_bytes: int = Field(768 << 20, ge=1 << 26, description="bytes of memory for opening one document")
    job_seconds: int = Field(45, ge=1, description="seconds for opening one document")
