"""A PDF's text is put in order within what a job may use, however much of it there is."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.intake.examination import TASK
from functions.intake.inspection import Inspect, Inspection
from functions.runtime.sandbox.sandbox import Sandbox
from tests.unit.documents.handmade import line, pdf
from tests.unit.intake.intake_desk import settings

WORDS = ["der", "die", "und", "in", "den", "von", "zu", "das", "mit", "sich", "des", "auf", "für", "ist", "Größe"]
ALL = Inspect(media_type="application/pdf", first_page=1, count=50, max_pages=50, text=True)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    running = Sandbox([TASK], settings().limits)
    yield running
    running.close()


def page_of(characters: int) -> bytes:
    """Small print."""
    dice = random.Random(1)  # noqa: S311  # the same page every time
    lines = [" ".join(dice.choices(WORDS, k=50)) for _ in range(characters // 200)]
    return b"".join(line(said, size=2, at=(20, 20 + 800 * n // len(lines))) for n, said in enumerate(lines))


def test_a_page_of_200_000_characters_keeps_the_order_of_the_pdf(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "small-print.pdf"
    path.write_bytes(pdf([page_of(210_000)]))
    (page,) = sandbox.run(TASK, ALL, path, Inspection)[0].seen
    assert len(page.text or "") > 200_000
    assert (page.places, page.why.rpartition(": ")[2]) == (None, "there is too much of it")


def test_letters_that_all_stand_apart_take_no_longer_than_a_job_may(sandbox: Sandbox, tmp_path: Path) -> None:
    rows = [line("x", size=1, at=(20 + 13 * column // 5, 20 + 7 * row)) for row in range(105) for column in range(195)]
    path = tmp_path / "scattered.pdf"
    path.write_bytes(pdf([b"".join([page_of(5_000), *rows])] * 5))
    seen = sandbox.run(TASK, ALL, path, Inspection)[0].seen
    assert [(page.text or "").count("x") for page in seen] == [105 * 195] * 5
