"""Text layers of PDFs with extreme amounts of text stay within the limits of a job."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.intake.inspection import Inspection, InspectionRequest
from functions.intake.inspector import INSPECTION_TASK
from functions.runtime.sandbox.sandbox import Sandbox
from tests.unit.documents.document_builders import build_pdf, draw_text
from tests.unit.intake.intake_fakes import make_settings

WORDS = ["der", "die", "und", "in", "den", "von", "zu", "das", "mit", "sich", "des", "auf", "für", "ist", "Größe"]
ALL = InspectionRequest(media_type="application/pdf", first_page=1, count=50, max_pages=50, with_text=True)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    running = Sandbox([INSPECTION_TASK], make_settings().job_limits)
    yield running
    running.close()


def build_small_print(characters: int) -> bytes:
    """Return a page with this number of characters in very small print."""
    generator = random.Random(1)  # noqa: S311  # the same page in each run
    lines = [" ".join(generator.choices(WORDS, k=50)) for _ in range(characters // 200)]
    return b"".join(draw_text(line, size=2, at=(20, 20 + 800 * n // len(lines))) for n, line in enumerate(lines))


def test_page_of_200_000_characters_keeps_order_of_pdf(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "small-print.pdf"
    path.write_bytes(build_pdf([build_small_print(210_000)]))
    (page,) = sandbox.run(INSPECTION_TASK, ALL, path, Inspection)[0].inspected_pages
    assert len(page.text or "") > 200_000
    assert (page.positions_json, page.why.rpartition(": ")[2]) == (None, "the page has too much text")


def test_scattered_letters_stay_within_time_limit(sandbox: Sandbox, tmp_path: Path) -> None:
    rows = [
        draw_text("x", size=1, at=(20 + 13 * column // 5, 20 + 7 * row)) for row in range(105) for column in range(195)
    ]
    path = tmp_path / "scattered.pdf"
    path.write_bytes(build_pdf([b"".join([build_small_print(5_000), *rows])] * 5))
    pages = sandbox.run(INSPECTION_TASK, ALL, path, Inspection)[0].inspected_pages
    assert [(page.text or "").count("x") for page in pages] == [105 * 195] * 5
