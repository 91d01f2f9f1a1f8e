"""What the engine reads from the environment."""

from pydantic import Field

from functions.engine.settings import EngineSettings


class RapidocrSettings(EngineSettings):
    """The defaults are the fastest that cost no characters: `python -m tests.bench.rapidocr` shows the others.

    `python -m tests.bench.sharing` shows how replicas, pages at a time and threads share two cores.
    """

    ort_threads: int = Field(1, ge=1, le=64, description="threads per page; CONCURRENCY pages are read at a time")
    detection_side: int = Field(
        1280, ge=320, le=4000, description="pixels of a page's longer side when its lines are looked for"
    )
    line_batch: int = Field(1, ge=1, le=64, description="lines that are recognized in one pass, padded to the longest")
    min_line_confidence: float = Field(0.5, ge=0, le=1, description="lines that are less sure than this are left out")
