"""An engine that never starts: pages go on along their route without it, and what was read before is not lost."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.kit import SAMPLES, Running, running

LETTER = (SAMPLES / "brief.png").read_bytes()


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory, manifests: tuple[Path, ...]) -> Iterator[Running]:
    (product,) = manifests
    folder = tmp_path_factory.mktemp("broken") / "manifests"
    shutil.copytree(product, folder)
    # The pause doubles with each request.
    reconciler = (folder / "reconciler.yaml").read_text()
    sooner, changed = re.subn(r"(STUCK_SECONDS\n +value:) '\d+'", r"\1 '5'", reconciler)
    assert changed == 1
    (folder / "reconciler.yaml").write_text(sooner)
    (folder / "broken.yaml").write_text(ended_at_once((folder / "tesseract.yaml").read_text()))
    with running(tmp_path_factory.mktemp("down"), "embedded", (folder,)) as up:
        yield up


def ended_at_once(manifest: str) -> str:
    """Tesseract's, with another name and a program that ends: as on a cluster, its source then waits for a route."""
    command = "[python, -m, functions.tesseract.main]"
    assert command in manifest
    return manifest.replace(command, "[python, -c, raise SystemExit(1)]").replace("tesseract", "broken")


def read(bus: Running, engines: str, min_confidence: float) -> dict[str, object]:
    """The row of a page that takes this route; its bytes are nobody else's, so that no reading is found."""
    key = f"in/acme/{uuid4()}.png"
    wanted = {"pagebus-engines": engines, "pagebus-min-confidence": str(min_confidence)}
    bus.upload(key, LETTER + uuid4().bytes, wanted)
    ended = bus.ended(key, within=240)
    assert ended["state"] == "completed"
    [page] = bus.rows("SELECT * FROM pages WHERE document = %s", ended["document"])
    return page


def test_a_page_whose_engine_never_starts_goes_on_to_the_next(bus: Running) -> None:
    page = read(bus, "broken,tesseract", 0.5)

    assert (page["engine"], page["best_effort"]) == ("tesseract", False)
    assert "broken did not answer" in str(page["why"])


def test_the_best_reading_so_far_is_the_result_where_the_next_engine_never_starts(bus: Running) -> None:
    page = read(bus, "tesseract,broken", 1.0)

    assert (page["engine"], page["best_effort"]) == ("tesseract", True)
