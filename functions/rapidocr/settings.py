"""Environment variables of the RapidOCR engine."""

from pydantic import Field

from functions.engine.settings import EngineSettings


class RapidocrSettings(EngineSettings):
    """Settings of RapidOCR. The defaults are the fastest values that lose no characters.

    `python -m tests.bench.rapidocr` compares other values. `python -m tests.bench.core_sharing` compares how
    replicas, concurrent pages and threads share two cores.
    """

    ort_threads: int = Field(1, ge=1, le=64, description="threads per page; CONCURRENCY pages are read at a time")
    detection_side: int = Field(
        1280, ge=320, le=4000, description="pixels of a page's longer side for the detection of text lines"
    )
    line_batch: int = Field(1, ge=1, le=64, description="lines that are recognized in one pass, padded to the longest")
    min_line_confidence: float = Field(0.5, ge=0, le=1, description="lines with a lower confidence are dropped")
