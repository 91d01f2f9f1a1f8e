"""Tests of receiving OTLP over HTTP and of serving metrics."""

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

from local.telemetry import otlp, trace_files
from local.telemetry.forwarder import FORWARDED_HEADER
from local.telemetry.receiver import MAX_BODY_BYTES, create_handler
from local.telemetry.telemetry import METRICS, TRACES, Telemetry
from local.telemetry.trace_writer import TraceWriter
from local.telemetry.traces import load_trace
from tests.unit.telemetry.metric_exports import build_counter, build_export
from tests.unit.telemetry.sample_traces import TRACE, build_page_trace

JSON = {"content-type": "application/json"}
SPAN_EXPORT = json.dumps(otlp.build_export(build_page_trace()), indent=1).encode()
METRIC_EXPORT = json.dumps(build_export(build_counter(2))).encode()


@contextlib.asynccontextmanager
async def run_receiver(folder: Path, endpoint: str | None = None) -> AsyncIterator[str]:
    """Return the URL of a running receiver. Afterwards, stop it and write its telemetry."""
    telemetry = Telemetry(folder, endpoint)
    runner = web.ServerRunner(web.Server(create_handler(telemetry)))
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        telemetry.start(url := f"http://127.0.0.1:{runner.addresses[0][1]}")
        yield url
    finally:
        await runner.cleanup()
        await telemetry.stop()


async def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
    data = io.BytesIO(body)  # aiohttp warns about large bytes objects
    async with aiohttp.ClientSession() as client, client.post(url, data=data, headers=headers) as answer:
        return answer.status, await answer.json()


async def get_metrics(url: str) -> str:
    async with aiohttp.ClientSession() as client, client.get(f"{url}/metrics") as answer:
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        return await answer.text()


def run_scene(folder: Path, scene: Callable[[str], Awaitable[None]]) -> None:
    async def run() -> None:
        async with asyncio.timeout(20), run_receiver(folder) as url:
            await scene(url)

    asyncio.run(run())


def test_each_export_of_spans_is_stored_as_one_line(tmp_path: Path) -> None:
    async def scene(url: str) -> None:
        assert await post(url + TRACES, SPAN_EXPORT, JSON) == (200, {})
        gzipped = {**JSON, "content-encoding": "gzip"}
        assert await post(url + TRACES, gzip.compress(b'{"resourceSpans": []}'), gzipped) == (200, {})

    run_scene(tmp_path, scene)
    assert {span.span_id for span in load_trace(tmp_path, TRACE)} == {span.span_id for span in build_page_trace()}
    [file] = tmp_path.iterdir()
    lines = [json.loads(line) for line in file.read_text().splitlines() if line]
    assert lines == [json.loads(SPAN_EXPORT), {"resourceSpans": []}]


def test_metrics_are_summed_and_served(tmp_path: Path) -> None:
    async def scene(url: str) -> None:
        for _ in range(2):
            assert await post(url + METRICS, METRIC_EXPORT, JSON) == (200, {})
        assert 'pagebus_pages_total{job="pagebus/tesseract",service_name="tesseract"} 4.0' in await get_metrics(url)

    run_scene(tmp_path, scene)


def test_refused_points_are_in_the_response(tmp_path: Path) -> None:
    async def scene(url: str) -> None:
        body = json.dumps(build_export(build_counter(2, temporality=2))).encode()
        status, message = await post(url + METRICS, body, JSON)
        assert (status, message["partialSuccess"]["rejectedDataPoints"]) == (200, "1")
        assert "TEMPORALITY_PREFERENCE=delta" in message["partialSuccess"]["errorMessage"]

    with capture_logs() as logs:
        run_scene(tmp_path, scene)
    assert [entry["event"] for entry in logs] == ["telemetry.metrics_refused"]


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "message"),
    [
        pytest.param(TRACES, b"\x0a", {"content-type": "application/x-protobuf"}, 415, "http/json", id="protobuf"),
        pytest.param(TRACES, b"{", {}, 400, "could not be parsed", id="half a body"),
        pytest.param(TRACES, b"[]", {}, 400, "not a JSON object", id="a list"),
        pytest.param(TRACES, b"\xff", {}, 400, "could not be parsed", id="no UTF-8"),
        pytest.param(TRACES, b"[" * 100_000, {}, 400, "too deep", id="too deep"),
        pytest.param(
            TRACES, b'{"a": "' + b" " * MAX_BODY_BYTES + b'"}', {}, 413, f"{MAX_BODY_BYTES} bytes", id="too large"
        ),
        pytest.param(
            TRACES, gzip.compress(b" " * 20 * MAX_BODY_BYTES), {"content-encoding": "gzip"}, 413, "fewer", id="a bomb"
        ),
        pytest.param(METRICS, b'{"resourceMetrics": 1}', {}, 400, "ExportMetrics", id="other metrics"),
        pytest.param("/v1/logs", b"{}", {}, 404, f"POST {TRACES}", id="logs"),
    ],
)
def test_refusal_of_a_request_names_the_remedy(  # noqa: PLR0913, PLR0917  # the columns of a table of cases
    tmp_path: Path, path: str, body: bytes, headers: dict[str, str], status: int, message: str
) -> None:
    async def scene(url: str) -> None:
        actual, answer = await post(url + path, body, {**JSON, **headers})
        assert actual == status
        assert message in answer["message"]

    run_scene(tmp_path, scene)
    assert list(tmp_path.iterdir()) == []


def test_full_disk_is_logged_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    async def scene(url: str) -> None:
        for _ in range(5):
            assert await post(url + TRACES, SPAN_EXPORT, JSON) == (200, {})

    monkeypatch.setattr(trace_files, "append_lines", fail)
    with capture_logs() as logs:
        run_scene(tmp_path, scene)
    assert [(entry["event"], entry["reason"]) for entry in logs] == [
        ("telemetry.traces_dropped", "[Errno 28] No space left on device")
    ]


def test_spans_of_the_twin_are_stored(tmp_path: Path) -> None:
    async def scene() -> None:
        telemetry = Telemetry(tmp_path, None)
        telemetry.start("http://127.0.0.1:1")
        for span in build_page_trace():
            telemetry.emit(span)
        await telemetry.stop()

    asyncio.run(scene())
    assert load_trace(tmp_path, TRACE) == sorted(build_page_trace(), key=lambda span: (span.start, span.end))


def test_telemetry_is_forwarded_once(tmp_path: Path) -> None:
    """A twin does not forward what another twin has forwarded: they could be each other's collector."""
    received: list[tuple[str, bytes, bool]] = []

    async def collect(request: web.BaseRequest) -> web.StreamResponse:
        received.append((request.path, await request.read(), FORWARDED_HEADER in request.headers))
        return web.Response()

    async def scene() -> None:
        collector = web.ServerRunner(web.Server(collect))
        await collector.setup()
        await (site := web.TCPSite(collector, "127.0.0.1", 0)).start()
        async with run_receiver(tmp_path / "a", f"http://127.0.0.1:{collector.addresses[0][1]}/") as url:
            await post(url + TRACES, SPAN_EXPORT, JSON)
            await post(url + METRICS, METRIC_EXPORT, JSON)
            assert await post(url + TRACES, SPAN_EXPORT, {**JSON, FORWARDED_HEADER: "1"}) == (200, {})
        await site.stop()
        await collector.cleanup()

    asyncio.run(scene())
    assert received == [(TRACES, SPAN_EXPORT, True), (METRICS, METRIC_EXPORT, True)]
    assert len(list(trace_files.find_exports(tmp_path / "a", TRACE))) == 1


def test_telemetry_is_not_forwarded_to_the_twin_itself(tmp_path: Path) -> None:
    async def scene() -> None:
        telemetry = Telemetry(tmp_path, "http://127.0.0.1:1/")
        telemetry.start("http://127.0.0.1:1")
        telemetry.add_traces(SPAN_EXPORT)
        await telemetry.stop()

    with capture_logs() as logs:
        asyncio.run(scene())
    assert logs == []


def test_bytes_that_wait_for_a_slow_disk_are_limited(tmp_path: Path) -> None:
    store = TraceWriter(tmp_path)
    with capture_logs() as logs:
        for _ in range(9):
            store.add(b" " * (MAX_BODY_BYTES // 4))
    assert [(entry["event"], entry["reason"]) for entry in logs] == [("telemetry.traces_dropped", "the disk is slow")]


def test_unreachable_collector_is_logged_once(tmp_path: Path) -> None:
    async def scene() -> None:
        async with run_receiver(tmp_path, "http://127.0.0.1:1") as url:
            for _ in range(3):
                assert await post(url + TRACES, SPAN_EXPORT, JSON) == (200, {})

    with capture_logs() as logs:
        asyncio.run(scene())
    assert [entry["event"] for entry in logs] == ["telemetry.not_forwarded"]
