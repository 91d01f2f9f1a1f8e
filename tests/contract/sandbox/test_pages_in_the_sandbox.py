"""Rendering of requested pages in the sandbox."""

import json
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from typing import Any

import pytest

from events.page import PageRequested
from functions.engine.page_source import DocumentCache, PageSource
from functions.engine.render_job import RENDER_TASK
from functions.engine.settings import EngineSettings
from functions.runtime.sandbox import protocol
from functions.runtime.sandbox.problem import DocumentProblem
from functions.runtime.sandbox.sandbox import Sandbox
from functions.runtime.settings import SandboxSettings
from tests.unit.documents.document_builders import build_pdf, draw_text
from tests.unit.engine.engine_fakes import BUCKET, KEY, HookedStorage, make_request

PDF = build_pdf([draw_text("eins"), b"0 g 0 0 595 842 re f"])


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    running = Sandbox([RENDER_TASK], SandboxSettings().job_limits)
    yield running
    running.close()


@pytest.fixture
def storage() -> HookedStorage:
    storage = HookedStorage()
    storage.add(BUCKET, KEY, PDF)
    return storage


def create_request(storage: HookedStorage, page: int) -> PageRequested:
    stored = storage.head(BUCKET, KEY)
    assert stored
    return make_request(page=page, etag=stored.etag, sha256=sha256(PDF).hexdigest())


@pytest.fixture
def pages(sandbox: Sandbox, storage: HookedStorage) -> Iterator[PageSource]:
    settings = EngineSettings(kafka_bootstrap_servers="127.0.0.1:9", max_page_pixels=1_000_000)
    with closing(DocumentCache(storage, capacity_bytes=10**6, max_document_bytes=10**6)) as documents:
        yield PageSource(documents, sandbox, settings)


def create_both_requests(storage: HookedStorage) -> Iterator[PageRequested]:
    return (create_request(storage, page) for page in (1, 2))


def test_requested_page_is_rendered(pages: PageSource, storage: HookedStorage) -> None:
    (first, _), (_, black) = (
        (image.raster, image.measurements) for image in map(pages.load_image, create_both_requests(storage))
    )
    assert 990_000 < first.width * first.height == len(first.pixels) < 1_010_000
    assert 0.9 < first.pixels.count(255) / len(first.pixels) < 1
    assert black.paper_level == 0
    assert storage.download_count == 1


def test_page_beyond_the_end_is_damaged(pages: PageSource, storage: HookedStorage) -> None:
    with pytest.raises(DocumentProblem) as caught:
        pages.load_image(create_request(storage, 3))
    assert caught.value.reason == "damaged_page"


@pytest.mark.parametrize(
    "invalid",
    [
        {"corrections": {"scale": 1.5}},
        {"corrections": {"rotation": 45}},
        {"measurements": {"skew_degrees": 1000}},
        {"measurements": {"width": 1 << 40}},
        {"measurements": {"noise": "Infinity"}},
        {"render_seconds": -1},
    ],
)
def test_invalid_answer_of_job_is_a_crash(
    pages: PageSource, storage: HookedStorage, monkeypatch: pytest.MonkeyPatch, invalid: dict[str, Any]
) -> None:
    measurements = {"width": 10, "height": 10, "dpi": 300, "dpi_stated": True}
    result = {**invalid, "measurements": {**measurements, **invalid.get("measurements", {})}}
    answer = protocol.JobAnswer(is_problem=False, json=json.dumps(result).encode(), blob=bytes(100))
    monkeypatch.setattr(Sandbox, "_receive_answer", lambda *_: answer)
    with pytest.raises(DocumentProblem) as caught:
        pages.load_image(create_request(storage, 1))
    assert caught.value.reason == "crashed"
