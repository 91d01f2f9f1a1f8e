import json
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from typing import Any

import pytest

from events.page import PageRequested
from functions.engine.documents import Documents
from functions.engine.pages import Pages
from functions.engine.request import TASK
from functions.engine.settings import EngineSettings
from functions.runtime.sandbox import wire
from functions.runtime.sandbox.problem import DocumentProblem
from functions.runtime.sandbox.sandbox import Sandbox
from functions.runtime.settings import SandboxSettings
from tests.unit.documents.handmade import line, pdf
from tests.unit.engine.engine_fakes import BUCKET, KEY, BusyStorage, request

PDF = pdf([line("eins"), b"0 g 0 0 595 842 re f"])


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    running = Sandbox([TASK], SandboxSettings().limits)
    yield running
    running.close()


@pytest.fixture
def storage() -> BusyStorage:
    storage = BusyStorage()
    storage.add(BUCKET, KEY, PDF)
    return storage


def requested(storage: BusyStorage, page: int) -> PageRequested:
    stored = storage.head(BUCKET, KEY)
    assert stored
    return request(page=page, etag=stored.etag, sha256=sha256(PDF).hexdigest())


@pytest.fixture
def pages(sandbox: Sandbox, storage: BusyStorage) -> Iterator[Pages]:
    settings = EngineSettings(kafka_bootstrap_servers="127.0.0.1:9", max_page_pixels=1_000_000)
    with closing(Documents(storage, capacity=10**6, largest=10**6)) as documents:
        yield Pages(documents, sandbox, settings)


def _both(storage: BusyStorage) -> Iterator[PageRequested]:
    return (requested(storage, page) for page in (1, 2))


def test_a_requested_page_becomes_pixels(pages: Pages, storage: BusyStorage) -> None:
    (first, _), (_, black) = ((image.raster, image.look) for image in map(pages.image, _both(storage)))
    assert 990_000 < first.width * first.height == len(first.pixels) < 1_010_000
    assert 0.9 < first.pixels.count(255) / len(first.pixels) < 1
    assert black.paper == 0
    assert storage.downloads == 1


def test_a_page_beyond_the_end_is_a_damaged_one(pages: Pages, storage: BusyStorage) -> None:
    with pytest.raises(DocumentProblem) as caught:
        pages.image(requested(storage, 3))
    assert caught.value.reason == "damaged_page"


@pytest.mark.parametrize(
    "lie",
    [
        {"treatment": {"scale": 1.5}},
        {"treatment": {"turned": 45}},
        {"look": {"skew_degrees": 1000}},
        {"look": {"width": 1 << 40}},
        {"look": {"noise": "Infinity"}},
        {"rendering": -1},
    ],
)
def test_a_job_that_its_document_took_over_cannot_say_what_does_not_fit(
    pages: Pages, storage: BusyStorage, monkeypatch: pytest.MonkeyPatch, lie: dict[str, Any]
) -> None:
    look = {"width": 10, "height": 10, "dpi": 300, "dpi_stated": True}
    said = {**lie, "look": {**look, **lie.get("look", {})}}
    answer = wire.Answer(is_problem=False, json=json.dumps(said).encode(), blob=bytes(100))
    monkeypatch.setattr(Sandbox, "_listen", lambda *_: answer)
    with pytest.raises(DocumentProblem) as caught:
        pages.image(requested(storage, 1))
    assert caught.value.reason == "crashed"
