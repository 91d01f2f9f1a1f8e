"""Tests of an engine that never starts: pages continue along their route, and earlier readings are not lost."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.kit import SAMPLES, PagebusStack, run_stack

LETTER = (SAMPLES / "brief.png").read_bytes()


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory, manifests: tuple[Path, ...]) -> Iterator[PagebusStack]:
    """Run Pagebus with a second engine `broken`, and with a reconciler that repairs stalled documents after 5 s."""
    (product,) = manifests
    folder = tmp_path_factory.mktemp("broken") / "manifests"
    shutil.copytree(product, folder)
    # The waiting time doubles with each request, so it starts low.
    reconciler = (folder / "reconciler.yaml").read_text()
    text, changed = re.subn(r"(STUCK_SECONDS\n +value:) '\d+'", r"\1 '5'", reconciler)
    assert changed == 1
    (folder / "reconciler.yaml").write_text(text)
    (folder / "broken.yaml").write_text(break_engine((folder / "tesseract.yaml").read_text()))
    with run_stack(tmp_path_factory.mktemp("down"), "embedded", (folder,)) as stack:
        yield stack


def break_engine(manifest: str) -> str:
    """Return Tesseract's manifest with the name `broken` and a program that ends at once.

    As on a cluster, its source then waits for a route.
    """
    command = "[python, -m, functions.tesseract.main]"
    assert command in manifest
    return manifest.replace(command, "[python, -c, raise SystemExit(1)]").replace("tesseract", "broken")


def read_page(bus: PagebusStack, engines: str, min_confidence: float) -> dict[str, object]:
    """Upload a page with these engines and return its row. Its bytes are unique, so that no stored reading is found."""
    key = f"in/acme/{uuid4()}.png"
    options = {"pagebus-engines": engines, "pagebus-min-confidence": str(min_confidence)}
    bus.upload(key, LETTER + uuid4().bytes, options)
    ended = bus.wait_for_end(key, within=240)
    assert ended["state"] == "completed"
    [page] = bus.query("SELECT * FROM pages WHERE document = %s", ended["document"])
    return page


def test_page_of_broken_engine_continues_to_next_engine(bus: PagebusStack) -> None:
    page = read_page(bus, "broken,tesseract", 0.5)

    assert (page["engine"], page["best_effort"]) == ("tesseract", False)
    assert "broken did not answer" in str(page["why"])


def test_fallback_result_is_used_if_next_engine_is_broken(bus: PagebusStack) -> None:
    page = read_page(bus, "tesseract,broken", 1.0)

    assert (page["engine"], page["best_effort"]) == ("tesseract", True)
