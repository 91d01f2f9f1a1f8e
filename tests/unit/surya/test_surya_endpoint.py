"""Surya over HTTP: the tiny model answers on a real port."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Response, abort, jsonify, request
from PIL import Image

from functions.engine.reader import Raster
from functions.runtime.errors import StartupError, Unavailable
from functions.surya.endpoint import ModelEndpoint, PageRefused
from functions.surya.inference import ModelRequest, ModelResponse
from functions.surya.local_model import LocalModel
from functions.surya.reader import Surya
from functions.surya.slow_pages import PageTooSlow
from local.platform.state import find_free_port
from tests.checkpoints.lines import LINES, render_page
from tests.unit.surya.surya_kit import build_endpoint, make_endpoint_settings, record_requests, serve

RESPONSE = ModelResponse(
    '<div data-label="Text" data-bbox="0 0 1000 1000"><p>Öl</p></div>', 0.9, 0.0, 3, is_cut_off=False
)


def respond(_: ModelRequest) -> ModelResponse:
    return RESPONSE


def test_german_is_read_exactly_over_http(model: LocalModel) -> None:
    with serve(build_endpoint(model.start_page())) as url:
        reader = _load_reader(url)
        readings = [reader.read(render_page(text), ("deu",)) for text in LINES]
    assert [reading.text for reading in readings] == list(LINES)
    assert all(0.9 < reading.confidence <= 1 for reading in readings)
    assert reader.version.endswith("-surya-ocr-2-page")


def test_refused_page_fails_alone() -> None:
    def refuse_wide_images(sent: ModelRequest) -> ModelResponse:
        if sent.image.width > 10 * sent.image.height:
            raise ValueError
        return RESPONSE

    with serve(build_endpoint(refuse_wide_images)) as url:
        reader = _load_reader(url)
        bad = Raster(bytes(750 * 50), 750, 50, 300)
        with ThreadPoolExecutor(8) as threads:
            pages = [threads.submit(reader.read, image, ("deu",)) for image in [render_page(LINES[0])] * 7 + [bad]]
            *texts, refused = [future.exception() or future.result().text for future in pages]
    assert texts == ["Öl"] * 7
    assert isinstance(refused, PageRefused)


def test_endpoint_that_went_down_is_unavailable() -> None:
    with serve(build_endpoint(respond)) as url:
        reader = _load_reader(url)
    with pytest.raises(Unavailable):
        reader.read(render_page(LINES[0]), ("deu",))


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
def test_error_of_the_endpoint_is_unavailable(status: int) -> None:
    def answer() -> Response:
        return Response(status=status)

    app = build_endpoint(respond)
    with serve(app) as url:
        reader = _load_reader(url)
        app.view_functions["create_completion"] = answer
        with pytest.raises(Unavailable):
            reader.read(render_page(LINES[0]), ("deu",))


@pytest.mark.parametrize(
    "body",
    [
        "<html>starting</html>",
        {"error": {"message": "no backend"}},
        {"choices": []},
        {"choices": [{"index": 0, "finish_reason": "abort", "message": {"role": "assistant", "content": "<div"}}]},
    ],
)
def test_incomplete_answer_is_unavailable(body: object) -> None:
    def answer() -> Response:
        return Response(body, mimetype="text/html") if isinstance(body, str) else jsonify(body)

    app = build_endpoint(respond)
    with serve(app) as url:
        reader = _load_reader(url)
        app.view_functions["create_completion"] = answer
        with pytest.raises(Unavailable):
            reader.read(render_page(LINES[0]), ("deu",))


def test_endpoint_slow_for_all_requests_is_always_unavailable() -> None:
    with _serve_slowly(lambda _: True) as url:
        reader = _load_reader(url, surya_timeout_seconds=0.2, deadline_seconds=2)
        for _ in range(4):
            began = time.monotonic()
            with pytest.raises(Unavailable):
                reader.read(render_page(LINES[0]), ("deu",))
            assert time.monotonic() - began < 30


@pytest.mark.parametrize("status", [None, 504], ids=["no answer", "a proxy's status"])
def test_page_that_alone_is_slow_fails_at_its_third_attempt(status: int | None) -> None:
    with _serve_slowly(_is_page_request, status) as url:
        reader = _load_reader(url, surya_timeout_seconds=0.5)
        for _ in range(2):
            with pytest.raises(Unavailable):
                reader.read(render_page(LINES[0]), ("deu",))
        with pytest.raises(PageTooSlow):
            reader.read(render_page(LINES[0]), ("deu",))
        # Attempts at another page are counted separately.
        with pytest.raises(Unavailable):
            reader.read(render_page(LINES[1]), ("deu",))


def test_request_after_the_time_of_its_page_is_not_sent() -> None:
    requests: list[ModelRequest] = []
    with serve(build_endpoint(record_requests(respond, requests))) as url:
        send = ModelEndpoint(make_endpoint_settings(url, surya_timeout_seconds=1e-9)).start_page()
        with pytest.raises(PageTooSlow):
            send(ModelRequest(Image.new("RGB", (64, 64)), "OCR this image to HTML.", 100))
    assert [sent.max_tokens for sent in requests] == [1]


def test_reader_is_ready_when_the_endpoint_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.surya.endpoint._RETRY_SECONDS", 0.01)
    checks: list[int] = []

    def check_health() -> Response:
        checks.append(1)
        return Response(status=200 if len(checks) > 3 else 503)

    app = build_endpoint(respond)
    app.view_functions["get_health"] = check_health
    with serve(app) as url:
        assert _load_reader(url).read(render_page(LINES[0]), ("deu",)).text == "Öl"
    assert len(checks) == 4


def test_reader_waits_for_an_endpoint_that_starts_later(monkeypatch: pytest.MonkeyPatch) -> None:
    paused = threading.Event()
    monkeypatch.setattr("functions.surya.endpoint.time.sleep", lambda _: paused.set())
    port = find_free_port()
    reader = Surya(make_endpoint_settings(f"http://127.0.0.1:{port}/v1"))
    loading = threading.Thread(target=reader.load, daemon=True)
    loading.start()
    assert paused.wait(60)
    assert loading.is_alive()
    with serve(build_endpoint(respond), port=port):
        loading.join(60)
        assert not loading.is_alive()


def test_endpoint_with_another_model_is_a_startup_error() -> None:
    with (
        serve(build_endpoint(respond, model="somebody/else")) as url,
        pytest.raises(StartupError, match="somebody/else"),
    ):
        _load_reader(url)


def test_endpoint_without_probabilities_gives_no_confidence() -> None:
    with serve(build_endpoint(respond, probabilities=False)) as url:
        reading = _load_reader(url).read(render_page(LINES[0]), ("deu",))
    assert (reading.text, reading.confidence) == ("Öl", 0.0)
    assert reading.signals.keys() == {"tokens", "cut_off"}
    assert [block.confidence for block in reading.blocks] == [None]


def test_key_is_sent_with_every_request() -> None:
    keys: list[str | None] = []
    app = build_endpoint(respond)

    @app.before_request
    def record_key() -> None:
        keys.append(request.headers.get("Authorization"))

    with serve(app) as url:
        _load_reader(url, surya_inference_key="geheim").read(render_page(LINES[0]), ("deu",))
    assert set(keys) == {"Bearer geheim"}


def _is_page_request(sent: ModelRequest) -> bool:
    return sent.max_tokens > 1


@contextmanager
def _serve_slowly(is_slow: Callable[[ModelRequest], bool], status: int | None = None) -> Iterator[str]:
    """Serve an endpoint that answers slow requests with this status, or not before the context ends."""
    released = threading.Event()

    def answer(sent: ModelRequest) -> ModelResponse:
        if is_slow(sent):
            if status:
                abort(status)
            released.wait(60)
        return RESPONSE

    with serve(build_endpoint(answer)) as url:
        try:
            yield url
        finally:
            released.set()


def _load_reader(url: str, **given: Any) -> Surya:
    reader = Surya(make_endpoint_settings(url, **given))
    reader.load()
    return reader
