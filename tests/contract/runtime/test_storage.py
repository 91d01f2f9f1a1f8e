"""What functions rely on in a store, held against both platforms' and against the fake of the unit tests."""

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

from functions.engine.consensus.joining import joined
from functions.reading.store import Readings
from functions.runtime.errors import Changed, Gone, TooLarge, Unavailable
from functions.runtime.settings import StorageSettings
from functions.runtime.storage import Storage, dataref, object_of
from local.platform import lifecycle
from local.platform.endpoints import Endpoints
from tests.fakes import MemoryStorage
from tests.unit.engine.engine_fakes import reading, request

BUCKET = "pagebus-results"


@pytest.fixture(scope="module", params=["fake", "embedded", "real"])
def endpoints(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints | None]:
    if request.param == "fake":
        yield None
        return
    home = tmp_path_factory.mktemp(request.param)
    yield lifecycle.start(request.param, home, None)
    lifecycle.stop(home)


@pytest.fixture
def storage(endpoints: Endpoints | None, monkeypatch: pytest.MonkeyPatch) -> Storage:
    if endpoints is None:
        return MemoryStorage()
    for name, value in endpoints.environment().items():
        monkeypatch.setenv(name, value)
    return Storage(StorageSettings())


def test_of_two_writers_of_a_new_object_the_first_wins(storage: Storage) -> None:
    key = f"readings/{uuid4()}.json"

    assert storage.put_new(BUCKET, key, b"first", "application/json")
    assert not storage.put_new(BUCKET, key, b"second", "application/json")
    assert storage.get(BUCKET, key) == b"first"


def test_a_writer_that_insists_wins(storage: Storage) -> None:
    key = f"readings/{uuid4()}.json"
    for body in (b"first", b"second"):
        storage.put(BUCKET, key, body, "application/json")

    assert storage.get(BUCKET, key) == b"second"


@pytest.mark.parametrize("name", ["Größe & b+c 100%.png", "%2B+ +.png", "a/b/c"])
def test_an_object_is_found_and_fetched_whatever_its_name(storage: Storage, tmp_path: Path, name: str) -> None:
    key = f"in/{uuid4()}/{name}"
    storage.put_new(BUCKET, key, b"bytes", "image/png")

    stored = storage.head(BUCKET, key)

    assert stored
    assert (stored.key, stored.size) == (key, 5)
    assert '"' not in stored.etag
    digest = storage.download(BUCKET, key, tmp_path / "f", etag=stored.etag, limit=5)
    assert digest == sha256(b"bytes").hexdigest()
    assert (tmp_path / "f").read_bytes() == b"bytes"


def test_what_is_not_there_is_none(storage: Storage) -> None:
    assert storage.head(BUCKET, "nothing/here") is None
    assert storage.get(BUCKET, "nothing/here") is None
    assert storage.stream(BUCKET, "nothing/here") is None


def test_a_stream_says_its_size_before_its_bytes(storage: Storage) -> None:
    key = f"documents/{uuid4()}.txt"
    storage.put_new(BUCKET, key, b"a long text", "text/plain")

    stream = storage.stream(BUCKET, key)

    assert stream
    assert (stream.size, b"".join(stream.parts)) == (11, b"a long text")


def test_a_file_takes_the_place_of_what_was_there(storage: Storage, tmp_path: Path) -> None:
    key = f"documents/{uuid4()}.txt"
    for body in (b"first", b"second"):
        (tmp_path / "f").write_bytes(body)
        storage.upload(BUCKET, key, tmp_path / "f", "text/plain")

    assert storage.get(BUCKET, key) == b"second"


def test_a_file_that_is_sent_in_parts_arrives_whole(storage: Storage, tmp_path: Path) -> None:
    key, body = f"documents/{uuid4()}.json", bytes(9 * 1024 * 1024)
    (tmp_path / "f").write_bytes(body)

    storage.upload(BUCKET, key, tmp_path / "f", "application/json")

    assert storage.get(BUCKET, key) == body


def test_other_bytes_than_announced_are_never_read(storage: Storage, tmp_path: Path) -> None:
    key = f"in/{uuid4()}"
    storage.put_new(BUCKET, key, b"new", "image/png")

    with pytest.raises(Changed):
        storage.download(BUCKET, key, tmp_path / "f", etag="0" * 32, limit=100)
    with pytest.raises(Gone):
        storage.download(BUCKET, f"{key}-gone", tmp_path / "f", etag="0" * 32, limit=100)


def test_more_bytes_than_allowed_are_not_kept(storage: Storage, tmp_path: Path) -> None:
    key = f"in/{uuid4()}"
    storage.put_new(BUCKET, key, b"12345", "image/png")
    stored = storage.head(BUCKET, key)
    assert stored

    with pytest.raises(TooLarge):
        storage.download(BUCKET, key, tmp_path / "f", etag=stored.etag, limit=4)


def test_a_listing_goes_on_behind_a_key(storage: Storage) -> None:
    folder = f"in/{uuid4()}"
    for name in "abc":
        storage.put_new(BUCKET, f"{folder}/{name}", name.encode(), "text/plain")

    listed = storage.list(BUCKET, f"{folder}/", after=f"{folder}/a", limit=1)

    assert [stored.key for stored in listed] == [f"{folder}/b"]


def test_a_store_that_is_away_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{nobody.getsockname()[1]}")

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
def test_a_reference_that_leaves_its_folder_is_refused(reference: str) -> None:
    with pytest.raises(ValueError, match="leaves"):
        object_of(reference, bucket=BUCKET, prefix="readings/acme/")


def test_a_reference_within_its_folder_is_its_key() -> None:
    reference = dataref(BUCKET, "readings/acme/x.json")

    assert object_of(reference, bucket=BUCKET, prefix="readings/acme/") == "readings/acme/x.json"


@pytest.mark.parametrize(("told", "there"), [("KeyTooLongError", None), ("ExpiredToken", Unavailable)])
def test_a_refusal_without_words_is_asked_for_its_reason(
    monkeypatch: pytest.MonkeyPatch, told: str, there: type[Exception] | None
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    answer = f"<?xml version='1.0'?><Error><Code>{told}</Code></Error>".encode()
    with answering(400, answer) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        storage = Storage(StorageSettings())

        if there is None:
            assert storage.head(BUCKET, "k" * 2000) is None
        else:
            with pytest.raises(there):
                storage.head(BUCKET, "in/acme/a.pdf")


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """A store that says the same to everything; to HEAD without a body, as HTTP has it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815  # http.server calls it by this name

        def log_message(self, *_: object) -> None:
            """Nothing: tests have nobody to tell."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_what_two_engines_made_of_a_page_is_kept_once_and_found_by_every_replica(storage: Storage) -> None:
    readings, page = Readings(storage, BUCKET), request(sha256=uuid4().hex * 2, consensus=True)
    first, second = reading("tesseract", 0.9, "GroBe"), reading("rapidocr", 0.8, "Größe")
    following = page.model_copy(update={"best": readings.reference(page, readings.keep(page, first))})

    with ThreadPoolExecutor() as replicas:
        found = set(replicas.map(lambda _: joined(following, second, readings).model_dump_json(), range(4)))

    assert len(found) == 1
    assert len(list(storage.list(BUCKET, f"readings/acme/{page.sha256}/2/consensus-"))) == 1
