"""Contract of the object store, for the stores of both platforms and the fake of the unit tests."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest

from functions.engine.consensus.consensus import find_or_build_consensus
from functions.reading.store import ReadingStore
from functions.runtime.errors import ObjectChanged, ObjectGone, ObjectTooLarge, Unavailable
from functions.runtime.settings import StorageSettings
from functions.runtime.storage import Storage, make_dataref, parse_dataref
from local.platform import lifecycle
from local.platform.endpoints import Endpoints
from tests.fakes import MemoryStorage
from tests.unit.engine.engine_fakes import make_reading, make_request

BUCKET = "pagebus-results"


@pytest.fixture(scope="module", params=["fake", "embedded", "real"])
def endpoints(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints | None]:
    if request.param == "fake":
        yield None
        return
    home = tmp_path_factory.mktemp(request.param)
    yield lifecycle.start_platform(request.param, home, None)
    lifecycle.stop_platform(home)


@pytest.fixture
def storage(endpoints: Endpoints | None, monkeypatch: pytest.MonkeyPatch) -> Storage:
    if endpoints is None:
        return MemoryStorage()
    for name, value in endpoints.as_environment().items():
        monkeypatch.setenv(name, value)
    return Storage(StorageSettings())


def test_put_if_absent_keeps_first_object(storage: Storage) -> None:
    key = f"readings/{uuid4()}.json"

    assert storage.put_if_absent(BUCKET, key, b"first", "application/json")
    assert not storage.put_if_absent(BUCKET, key, b"second", "application/json")
    assert storage.get(BUCKET, key) == b"first"


def test_put_replaces_object(storage: Storage) -> None:
    key = f"readings/{uuid4()}.json"
    for body in (b"first", b"second"):
        storage.put(BUCKET, key, body, "application/json")

    assert storage.get(BUCKET, key) == b"second"


@pytest.mark.parametrize("name", ["Größe & b+c 100%.png", "%2B+ +.png", "a/b/c"])
def test_object_with_any_name_can_be_downloaded(storage: Storage, tmp_path: Path, name: str) -> None:
    key = f"in/{uuid4()}/{name}"
    storage.put_if_absent(BUCKET, key, b"bytes", "image/png")

    stored = storage.head(BUCKET, key)

    assert stored
    assert (stored.key, stored.size) == (key, 5)
    assert '"' not in stored.etag
    digest = storage.download(BUCKET, key, tmp_path / "f", etag=stored.etag, limit=5)
    assert digest == sha256(b"bytes").hexdigest()
    assert (tmp_path / "f").read_bytes() == b"bytes"


def test_missing_object_is_none(storage: Storage) -> None:
    assert storage.head(BUCKET, "nothing/here") is None
    assert storage.get(BUCKET, "nothing/here") is None
    assert storage.stream(BUCKET, "nothing/here") is None


def test_stream_has_size_and_bytes(storage: Storage) -> None:
    key = f"documents/{uuid4()}.txt"
    storage.put_if_absent(BUCKET, key, b"a long text", "text/plain")

    stream = storage.stream(BUCKET, key)

    assert stream
    assert (stream.size, b"".join(stream.parts)) == (11, b"a long text")


def test_upload_replaces_object(storage: Storage, tmp_path: Path) -> None:
    key = f"documents/{uuid4()}.txt"
    for body in (b"first", b"second"):
        (tmp_path / "f").write_bytes(body)
        storage.upload(BUCKET, key, tmp_path / "f", "text/plain")

    assert storage.get(BUCKET, key) == b"second"


def test_multipart_upload_is_complete(storage: Storage, tmp_path: Path) -> None:
    key, body = f"documents/{uuid4()}.json", bytes(9 * 1024 * 1024)
    (tmp_path / "f").write_bytes(body)

    storage.upload(BUCKET, key, tmp_path / "f", "application/json")

    assert storage.get(BUCKET, key) == body


def test_changed_or_missing_object_is_not_downloaded(storage: Storage, tmp_path: Path) -> None:
    key = f"in/{uuid4()}"
    storage.put_if_absent(BUCKET, key, b"new", "image/png")

    with pytest.raises(ObjectChanged):
        storage.download(BUCKET, key, tmp_path / "f", etag="0" * 32, limit=100)
    with pytest.raises(ObjectGone):
        storage.download(BUCKET, f"{key}-gone", tmp_path / "f", etag="0" * 32, limit=100)


def test_download_beyond_limit_raises_object_too_large(storage: Storage, tmp_path: Path) -> None:
    key = f"in/{uuid4()}"
    storage.put_if_absent(BUCKET, key, b"12345", "image/png")
    stored = storage.head(BUCKET, key)
    assert stored

    with pytest.raises(ObjectTooLarge):
        storage.download(BUCKET, key, tmp_path / "f", etag=stored.etag, limit=4)


def test_list_continues_after_a_key(storage: Storage) -> None:
    folder = f"in/{uuid4()}"
    for name in "abc":
        storage.put_if_absent(BUCKET, f"{folder}/{name}", name.encode(), "text/plain")

    listed = storage.list_objects(BUCKET, f"{folder}/", after=f"{folder}/a", limit=1)

    assert [stored.key for stored in listed] == [f"{folder}/b"]


def test_unreachable_store_raises_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    with socket.socket() as closed_port:
        closed_port.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed_port.getsockname()[1]}")

        with pytest.raises(Unavailable):
            Storage(StorageSettings()).head(BUCKET, "key")


@pytest.mark.parametrize(
    "reference",
    [
        "s3://other/readings/acme/x",
        "https://pagebus-results/readings/acme/x",
        "s3://pagebus-results/readings/acme/../b/x",
    ],
)
def test_dataref_outside_its_folder_is_rejected(reference: str) -> None:
    with pytest.raises(ValueError, match="leaves"):
        parse_dataref(reference, bucket=BUCKET, prefix="readings/acme/")


def test_dataref_within_its_folder_gives_key() -> None:
    reference = make_dataref(BUCKET, "readings/acme/x.json")

    assert parse_dataref(reference, bucket=BUCKET, prefix="readings/acme/") == "readings/acme/x.json"


@pytest.mark.parametrize(("code", "error"), [("KeyTooLongError", None), ("ExpiredToken", Unavailable)])
def test_head_without_body_is_explained_by_get(
    monkeypatch: pytest.MonkeyPatch, code: str, error: type[Exception] | None
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code></Error>".encode()
    with serve_response(400, body) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        storage = Storage(StorageSettings())

        if error is None:
            assert storage.head(BUCKET, "k" * 2000) is None
        else:
            with pytest.raises(error):
                storage.head(BUCKET, "in/acme/a.pdf")


@contextmanager
def serve_response(status: int, body: bytes) -> Iterator[str]:
    """Serve the same response to every GET and HEAD request, and yield the URL of the server."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815  # http.server calls it by this name

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_consensus_reading_is_stored_once_by_parallel_replicas(storage: Storage) -> None:
    readings, page = ReadingStore(storage, BUCKET), make_request(sha256=uuid4().hex * 2, consensus=True)
    first, second = make_reading("tesseract", 0.9, "GroBe"), make_reading("rapidocr", 0.8, "Größe")
    following = page.model_copy(update={"best": readings.make_reference(page, readings.save_if_absent(page, first))})

    with ThreadPoolExecutor() as replicas:
        found = set(
            replicas.map(lambda _: find_or_build_consensus(following, second, readings).model_dump_json(), range(4))
        )

    assert len(found) == 1
    assert len(list(storage.list_objects(BUCKET, f"readings/acme/{page.sha256}/2/consensus-"))) == 1
