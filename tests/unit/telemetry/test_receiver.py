"""Telemetry over HTTP, as SDKs and Prometheus send and ask for it."""

import asyncio
import contextlib
import gzip
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from local.telemetry import files, otlp
from local.telemetry.forward import FORWARDED
from local.telemetry.reading import of_trace
from local.telemetry.receiver import LARGEST, to_telemetry
from local.telemetry.store import Store
from local.telemetry.telemetry import METRICS, TRACES, Telemetry
from tests.unit.telemetry.exports import counter, export
from tests.unit.telemetry.trees import TRACE, letter

JSON = {"content-type": "application/json"}
SPANS = json.dumps(otlp.export(letter()), indent=1).encode()
COUNTED = json.dumps(export(counter(2))).encode()


@contextlib.asynccontextmanager
async def listening(folder: Path, endpoint: str | None = None) -> AsyncIterator[str]:
    """The URL of a receiver, whose telemetry is stopped and written afterwards."""
    telemetry = Telemetry(folder, endpoint)
    runner = web.ServerRunner(web.Server(to_telemetry(telemetry)))
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        telemetry.start(url := f"http://127.0.0.1:{runner.addresses[0][1]}")
        yield url
    finally:
        await runner.cleanup()
        await telemetry.stop()


async def posted(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
    data = io.BytesIO(body)  # of large bytes, the client warns
    async with aiohttp.ClientSession() as client, client.post(url, data=data, headers=headers) as answer:
        return answer.status, await answer.json()


async def metrics(url: str) -> str:
    async with aiohttp.ClientSession() as client, client.get(f"{url}/metrics") as answer:
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        return await answer.text()


def played(folder: Path, scene: Callable[[str], Awaitable[None]]) -> None:
    async def play() -> None:
        async with asyncio.timeout(20), listening(folder) as url:
            await scene(url)

    asyncio.run(play())


def test_traces_are_kept_as_they_came_one_line_each(tmp_path: Path) -> None:
    async def scene(url: str) -> None:
        assert await posted(url + TRACES, SPANS, JSON) == (200, {})
        packed = {**JSON, "content-encoding": "gzip"}
        assert await posted(url + TRACES, gzip.compress(b'{"resourceSpans": []}'), packed) == (200, {})

    played(tmp_path, scene)
    assert {one.span_id for one in of_trace(tmp_path, TRACE)} == {one.span_id for one in letter()}
    [file] = tmp_path.iterdir()
    lines = [json.loads(line) for line in file.read_text().splitlines() if line]
    assert lines == [json.loads(SPANS), {"resourceSpans": []}]


def test_metrics_add_up_and_are_shown(tmp_path: Path) -> None:
    async def scene(url: str) -> None:
        for _ in range(2):
            assert await posted(url + METRICS, COUNTED, JSON) == (200, {})
        assert 'pagebus_pages_total{job="pagebus/tesseract",service_name="tesseract"} 4.0' in await metrics(url)

    played(tmp_path, scene)


def test_what_cannot_be_added_up_is_told_in_the_answer(tmp_path: Path) -> None:
    async def scene(url: str) -> None:
        body = json.dumps(export(counter(2, temporality=2))).encode()
        status, said = await posted(url + METRICS, body, JSON)
        assert (status, said["partialSuccess"]["rejectedDataPoints"]) == (200, "1")
        assert "TEMPORALITY_PREFERENCE=delta" in said["partialSuccess"]["errorMessage"]

    with capture_logs() as logs:
        played(tmp_path, scene)
    assert [one["event"] for one in logs] == ["telemetry.metrics_refused"]


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "said"),
    [
        pytest.param(TRACES, b"\x0a", {"content-type": "application/x-protobuf"}, 415, "http/json", id="protobuf"),
        pytest.param(TRACES, b"{", {}, 400, "not understood", id="half a body"),
        pytest.param(TRACES, b"[]", {}, 400, "not a JSON object", id="a list"),
        pytest.param(TRACES, b"\xff", {}, 400, "not understood", id="no UTF-8"),
        pytest.param(TRACES, b"[" * 100_000, {}, 400, "too deep", id="too deep"),
        pytest.param(TRACES, b'{"a": "' + b" " * LARGEST + b'"}', {}, 413, f"{LARGEST} bytes", id="too large"),
        pytest.param(
            TRACES, gzip.compress(b" " * 20 * LARGEST), {"content-encoding": "gzip"}, 413, "fewer", id="a bomb"
        ),
        pytest.param(METRICS, b'{"resourceMetrics": 1}', {}, 400, "ExportMetrics", id="other metrics"),
        pytest.param("/v1/logs", b"{}", {}, 404, f"POST {TRACES}", id="logs"),
    ],
)
def test_what_is_not_taken_says_why_and_what_to_do(  # noqa: PLR0913, PLR0917  # a row of a table
    tmp_path: Path, path: str, body: bytes, headers: dict[str, str], status: int, said: str
) -> None:
    async def scene(url: str) -> None:
        got, answer = await posted(url + path, body, {**JSON, **headers})
        assert got == status
        assert said in answer["message"]

    played(tmp_path, scene)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_takes_nothing_fails_nothing_and_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    async def scene(url: str) -> None:
        for _ in range(5):
            assert await posted(url + TRACES, SPANS, JSON) == (200, {})

    monkeypatch.setattr(files, "append", full)
    with capture_logs() as logs:
        played(tmp_path, scene)
    assert [(one["event"], one["reason"]) for one in logs] == [
        ("telemetry.traces_dropped", "[Errno 28] No space left on device")
    ]


def test_the_twins_own_spans_are_kept_with_the_others(tmp_path: Path) -> None:
    async def scene() -> None:
        telemetry = Telemetry(tmp_path, None)
        telemetry.start("http://127.0.0.1:1")
        for span in letter():
            telemetry.emit(span)
        await telemetry.stop()

    asyncio.run(scene())
    assert of_trace(tmp_path, TRACE) == sorted(letter(), key=lambda span: (span.start, span.end))


def test_what_comes_is_passed_on_to_a_collector_and_to_no_other_twin(tmp_path: Path) -> None:
    """Two that pass on to each other, as `pagebus env` in the wrong shell may have it."""
    got: list[tuple[str, bytes, bool]] = []

    async def collect(incoming: web.BaseRequest) -> web.StreamResponse:
        got.append((incoming.path, await incoming.read(), FORWARDED in incoming.headers))
        return web.Response()

    async def scene() -> None:
        collector = web.ServerRunner(web.Server(collect))
        await collector.setup()
        await (site := web.TCPSite(collector, "127.0.0.1", 0)).start()
        async with listening(tmp_path / "a", f"http://127.0.0.1:{collector.addresses[0][1]}/") as url:
            await posted(url + TRACES, SPANS, JSON)
            await posted(url + METRICS, COUNTED, JSON)
            assert await posted(url + TRACES, SPANS, {**JSON, FORWARDED: "1"}) == (200, {})
        await site.stop()
        await collector.cleanup()

    asyncio.run(scene())
    assert got == [(TRACES, SPANS, True), (METRICS, COUNTED, True)]
    assert len(list(files.mentioning(tmp_path / "a", TRACE))) == 1


def test_nothing_is_passed_on_to_oneself(tmp_path: Path) -> None:
    async def scene() -> None:
        telemetry = Telemetry(tmp_path, "http://127.0.0.1:1/")
        telemetry.start("http://127.0.0.1:1")
        telemetry.traces(SPANS)
        await telemetry.stop()

    with capture_logs() as logs:
        asyncio.run(scene())
    assert logs == []


def test_what_waits_for_a_slow_disk_is_bounded(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with capture_logs() as logs:
        for _ in range(9):
            store.add(b" " * (LARGEST // 4))
    assert [(one["event"], one["reason"]) for one in logs] == [("telemetry.traces_dropped", "the disk is slow")]


def test_a_collector_that_is_away_is_told_once(tmp_path: Path) -> None:
    async def scene() -> None:
        async with listening(tmp_path, "http://127.0.0.1:1") as url:
            for _ in range(3):
                assert await posted(url + TRACES, SPANS, JSON) == (200, {})

    with capture_logs() as logs:
        asyncio.run(scene())
    assert [one["event"] for one in logs] == ["telemetry.not_forwarded"]
