"""An engine is added by its folder and its manifest: no other file knows of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from local.cli.request import PRODUCT
from tests.kit import ROOT, SAMPLES, Running, pagebus, running

READER = '''
"""A toy that is sure of nothing but blank paper."""
from functions.engine.reader import Raster
from functions.reading.reading import Reading


class Toy:
    name = "toy"
    version = "1"
    languages = frozenset({"deu", "eng"})

    def __init__(self, settings):
        pass

    def load(self):
        pass

    def read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        return Reading(
            engine=self.name, engine_version=self.version, languages=languages, text="toy was here",
            confidence=0.9 if min(image.pixels) > 200 else 0.1, width=image.width, height=image.height, dpi=image.dpi,
        )
'''
SETTINGS = "from functions.engine.settings import EngineSettings\n\n\nclass Settings(EngineSettings):\n    pass\n"
MAIN = """
from functions.engine.serve import serve_engine
from toy.reader import Toy
from toy.settings import Settings

if __name__ == "__main__":
    serve_engine(Toy, Settings)
"""


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """With a new engine, and without weights for any."""
    folder = tmp_path_factory.mktemp("engine")
    package = folder / "toy"
    package.mkdir()
    for name, text in (("__init__", ""), ("reader", READER), ("settings", SETTINGS), ("main", MAIN)):
        (package / f"{name}.py").write_text(text)
    (folder / "toy.yaml").write_text(manifest(folder))
    with running(tmp_path_factory.mktemp("home"), "embedded", (*PRODUCT, folder)) as up:
        yield up


def manifest(folder: Path) -> str:
    """Tesseract's, with another name and another place of the code."""
    text = (ROOT / "knative" / "base" / "tesseract.yaml").read_text()
    return (
        text.replace("functions.tesseract.main", "toy.main")
        .replace("tesseract", "toy")
        .replace(
            "          env:\n",
            f"          env:\n            - name: PYTHONPATH\n              value: {folder}:{ROOT}\n",
            1,
        )
    )


def test_a_page_takes_the_route_over_a_new_engine_and_passes_on_to_the_next(toy: Running) -> None:
    key = f"in/acme/{uuid4()}.png"

    toy.upload(key, (SAMPLES / "brief.png").read_bytes(), {"pagebus-engines": "toy,tesseract"})

    ended = toy.ended(key)
    assert ended["state"] == "completed"
    assert len(toy.said("pagebus.pages.toy", ended["document"])) == 1
    [page] = toy.rows("SELECT * FROM pages WHERE document = %s", ended["document"])
    assert page["engine"] == "tesseract"
    assert "toy was here" not in page["text"]


def test_a_new_engine_that_is_sure_has_the_last_word(toy: Running) -> None:
    key = f"in/acme/{uuid4()}.png"

    toy.upload(key, (SAMPLES / "brief.png").read_bytes(), {"pagebus-engines": "toy", "pagebus-min-confidence": "0.05"})

    ended = toy.ended(key)
    [page] = toy.rows("SELECT * FROM pages WHERE document = %s", ended["document"])
    assert (ended["state"], page["engine"], page["text"]) == ("completed", "toy", "toy was here")


def test_an_engine_that_does_not_exist_is_refused_by_name(toy: Running) -> None:
    key = f"in/acme/{uuid4()}.png"

    toy.upload(key, (SAMPLES / "brief.png").read_bytes(), {"pagebus-engines": "crystalball"})

    ended = toy.ended(key)
    assert (ended["state"], ended["reason"]) == ("rejected", "unknown_engine")
    assert "crystalball" in ended["message"]


def test_an_engine_that_cannot_run_here_is_left_out_and_refused_with_how_to_have_it(toy: Running) -> None:
    status = json.loads(pagebus("status", "--json", home=toy.home).stdout)
    key = f"in/acme/{uuid4()}.png"

    toy.upload(key, (SAMPLES / "brief.png").read_bytes(), {"pagebus-engines": "surya"})

    ended = toy.ended(key)
    assert "surya" in {one["engine"] for one in status["left_out"]}
    assert "surya" not in {one["name"] for one in status["functions"]}
    assert (ended["state"], ended["reason"]) == ("rejected", "unknown_engine")
    assert ended["message"].startswith("Left out here: surya.")
    assert "Engines here: rapidocr, tesseract, toy." in ended["message"]


def test_status_shows_the_new_engine_asleep_or_awake(toy: Running) -> None:
    status = pagebus("status", "--json", home=toy.home)

    assert status.returncode == 0
    assert '"toy"' in status.stdout
