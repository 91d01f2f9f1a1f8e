"""Surya over HTTP: a real port, behind which the tiny model answers."""

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
from functions.runtime.errors import Unavailable, Unstartable
from functions.surya.endpoint import Endpoint, Refused
from functions.surya.local import Local
from functions.surya.questions import Answer, Question
from functions.surya.reader import Surya
from functions.surya.slow import TooSlow
from local.platform.state import free_port
from tests.checkpoints.lines import LINES, page
from tests.unit.surya.surya_kit import application, at, counting, served

SAID = Answer('<div data-label="Text" data-bbox="0 0 1000 1000"><p>Öl</p></div>', 0.9, 0.0, 3, cut=False)


def says(_: Question) -> Answer:
    return SAID


def test_german_is_read_to_the_letter_over_http(model: Local) -> None:
    with served(application(model.page())) as url:
        reader = _reader(url)
        readings = [reader.read(page(text), ("deu",)) for text in LINES]
    assert [reading.text for reading in readings] == list(LINES)
    assert all(0.9 < reading.confidence <= 1 for reading in readings)
    assert reader.version.endswith("-surya-ocr-2-page")


def test_a_page_that_the_endpoint_refuses_fails_alone() -> None:
    def picky(question: Question) -> Answer:
        if question.picture.width > 10 * question.picture.height:
            raise ValueError
        return SAID

    with served(application(picky)) as url:
        reader = _reader(url)
        bad = Raster(bytes(750 * 50), 750, 50, 300)
        with ThreadPoolExecutor(8) as threads:
            pages = [threads.submit(reader.read, image, ("deu",)) for image in [page(LINES[0])] * 7 + [bad]]
            *texts, refused = [future.exception() or future.result().text for future in pages]
    assert texts == ["Öl"] * 7
    assert isinstance(refused, Refused)


def test_an_endpoint_that_went_down_is_unavailable() -> None:
    with served(application(says)) as url:
        reader = _reader(url)
    with pytest.raises(Unavailable):
        reader.read(page(LINES[0]), ("deu",))


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
def test_what_is_the_endpoints_own_trouble_is_no_pages_fault(status: int) -> None:
    def answer() -> Response:
        return Response(status=status)

    app = application(says)
    with served(app) as url:
        reader = _reader(url)
        app.view_functions["completions"] = answer
        with pytest.raises(Unavailable):
            reader.read(page(LINES[0]), ("deu",))


@pytest.mark.parametrize(
    "body",
    [
        "<html>starting</html>",
        {"error": {"message": "no backend"}},
        {"choices": []},
        {"choices": [{"index": 0, "finish_reason": "abort", "message": {"role": "assistant", "content": "<div"}}]},
    ],
)
def test_what_is_no_whole_answer_is_no_pages_fault(body: object) -> None:
    def answer() -> Response:
        return Response(body, mimetype="text/html") if isinstance(body, str) else jsonify(body)

    app = application(says)
    with served(app) as url:
        reader = _reader(url)
        app.view_functions["completions"] = answer
        with pytest.raises(Unavailable):
            reader.read(page(LINES[0]), ("deu",))


def test_an_endpoint_that_is_slow_for_all_is_unavailable_however_often_and_before_the_deadline() -> None:
    with _slow_for(lambda _: True) as url:
        reader = _reader(url, surya_timeout_seconds=0.2, deadline_seconds=2)
        for _ in range(4):
            began = time.monotonic()
            with pytest.raises(Unavailable):
                reader.read(page(LINES[0]), ("deu",))
            assert time.monotonic() - began < 30


@pytest.mark.parametrize("status", [None, 504], ids=["no answer", "a proxy's answer"])
def test_a_page_that_alone_is_too_slow_is_tried_again_and_then_another_engines(status: int | None) -> None:
    with _slow_for(_is_a_page, status) as url:
        reader = _reader(url, surya_timeout_seconds=0.5)
        for _ in range(2):
            with pytest.raises(Unavailable):
                reader.read(page(LINES[0]), ("deu",))
        with pytest.raises(TooSlow):
            reader.read(page(LINES[0]), ("deu",))
        # Another page is no worse for that.
        with pytest.raises(Unavailable):
            reader.read(page(LINES[1]), ("deu",))


def test_a_question_that_comes_when_the_time_of_its_page_is_up_is_not_asked() -> None:
    questions: list[Question] = []
    with served(application(counting(says, questions))) as url:
        ask = Endpoint(at(url, surya_timeout_seconds=1e-9)).page()
        with pytest.raises(TooSlow):
            ask(Question(Image.new("RGB", (64, 64)), "OCR this image to HTML.", 100))
    assert [question.max_tokens for question in questions] == [1]


def test_a_reader_is_ready_when_the_endpoint_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.surya.endpoint._PAUSE", 0.01)
    looks: list[int] = []

    def starting() -> Response:
        looks.append(1)
        return Response(status=200 if len(looks) > 3 else 503)

    app = application(says)
    app.view_functions["health"] = starting
    with served(app) as url:
        assert _reader(url).read(page(LINES[0]), ("deu",)).text == "Öl"
    assert len(looks) == 4


def test_a_reader_waits_for_an_endpoint_that_is_not_there_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    paused = threading.Event()
    monkeypatch.setattr("functions.surya.endpoint.time.sleep", lambda _: paused.set())
    port = free_port()
    reader = Surya(at(f"http://127.0.0.1:{port}/v1"))
    loading = threading.Thread(target=reader.load, daemon=True)
    loading.start()
    assert paused.wait(60)
    assert loading.is_alive()
    with served(application(says), port=port):
        loading.join(60)
        assert not loading.is_alive()


def test_another_model_at_the_endpoint_is_not_ours() -> None:
    with served(application(says, model="somebody/else")) as url, pytest.raises(Unstartable, match="somebody/else"):
        _reader(url)


def test_an_endpoint_that_keeps_its_probabilities_leaves_us_unsure() -> None:
    with served(application(says, probabilities=False)) as url:
        reading = _reader(url).read(page(LINES[0]), ("deu",))
    assert (reading.text, reading.confidence) == ("Öl", 0.0)
    assert reading.signals.keys() == {"tokens", "cut_off"}
    assert [block.confidence for block in reading.blocks] == [None]


def test_the_key_goes_with_every_question() -> None:
    keys: list[str | None] = []
    app = application(says)

    @app.before_request
    def keep() -> None:
        keys.append(request.headers.get("Authorization"))

    with served(app) as url:
        _reader(url, surya_inference_key="geheim").read(page(LINES[0]), ("deu",))
    assert set(keys) == {"Bearer geheim"}


def _is_a_page(question: Question) -> bool:
    return question.max_tokens > 1


@contextmanager
def _slow_for(these: Callable[[Question], bool], status: int | None = None) -> Iterator[str]:
    """An endpoint that answers these questions only when it ends, or with this status."""
    released = threading.Event()

    def ask(question: Question) -> Answer:
        if these(question):
            if status:
                abort(status)
            released.wait(60)
        return SAID

    with served(application(ask)) as url:
        try:
            yield url
        finally:
            released.set()


def _reader(url: str, **given: Any) -> Surya:
    reader = Surya(at(url, **given))
    reader.load()
    return reader
