import errno
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from events.page import PageRequested
from functions.engine.documents import Documents
from functions.runtime.errors import Changed, Gone, TooLarge, Unavailable
from functions.runtime.sandbox.problem import DocumentProblem
from tests.unit.engine.engine_fakes import BUCKET, DOCUMENT, KEY, BusyStorage, request


def fetch(documents: Documents, wanted: PageRequested) -> bytes:
    with documents.opened(wanted) as path:
        return path.read_bytes()


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def raising(error: Exception) -> None:
    raise error


@pytest.fixture
def storage() -> BusyStorage:
    return BusyStorage()


@pytest.fixture
def documents(storage: BusyStorage) -> Iterator[Documents]:
    with closing(Documents(storage, capacity=2 * len(DOCUMENT), largest=1000)) as opened:
        yield opened


def test_a_document_is_fetched_once_for_all_its_pages(documents: Documents, storage: BusyStorage) -> None:
    assert {fetch(documents, request(page=page)) for page in (1, 2, 3)} == {DOCUMENT}
    assert storage.downloads == 1


def test_threads_that_want_the_same_document_wait_for_one_download(documents: Documents, storage: BusyStorage) -> None:
    release = threading.Event()
    storage.during_download = release.wait
    with ThreadPoolExecutor(4) as threads:
        fetching = [threads.submit(fetch, documents, request(page=page)) for page in (1, 2, 3, 1)]
        release.set()
        assert {found.result() for found in fetching} == {DOCUMENT}
    assert storage.downloads == 1


def test_tenants_do_not_share_copies(documents: Documents, storage: BusyStorage) -> None:
    fetch(documents, request(tenant="acme"))
    fetch(documents, request(tenant="other"))
    assert storage.downloads == 2


def test_the_document_that_was_used_longest_ago_makes_room(documents: Documents, storage: BusyStorage) -> None:
    for tenant in ("a", "b", "a", "c"):
        fetch(documents, request(tenant=tenant))
    fetch(documents, request(tenant="a"))
    assert storage.downloads == 3
    fetch(documents, request(tenant="b"))
    assert storage.downloads == 4


def test_documents_of_no_size_to_speak_of_do_not_take_all_descriptors(storage: BusyStorage) -> None:
    with closing(Documents(storage, capacity=10**9, largest=1000)) as documents:
        before = descriptors()
        for number in range(150):
            fetch(documents, request(tenant=str(number)))
        assert descriptors() == before + 100


def test_a_document_has_no_name_that_could_outlive_the_process(documents: Documents) -> None:
    with documents.opened(request()) as path:
        assert "(deleted)" in str(path.readlink())


def test_a_document_in_use_is_not_taken_away(documents: Documents) -> None:
    with documents.opened(request(tenant="a")) as path:
        for tenant in ("b", "c", "d"):
            fetch(documents, request(tenant=tenant))
        assert path.read_bytes() == DOCUMENT


@pytest.mark.parametrize(
    ("error", "reason"),
    [(Gone(), "document_gone"), (Changed(), "document_changed"), (TooLarge(), "document_changed")],
)
def test_a_document_that_is_not_what_it_was_fails_the_page(
    documents: Documents, storage: BusyStorage, error: Exception, reason: str
) -> None:
    before = descriptors()
    storage.during_download = lambda: raising(error)
    with pytest.raises(DocumentProblem) as caught:
        fetch(documents, request())
    assert caught.value.reason == reason
    assert descriptors() == before


def test_other_bytes_under_the_same_etag_are_noticed(documents: Documents, storage: BusyStorage) -> None:
    _, stored = storage.objects[BUCKET, KEY]
    storage.objects[BUCKET, KEY] = b"others", stored
    with pytest.raises(DocumentProblem) as caught:
        fetch(documents, request())
    assert caught.value.reason == "document_changed"


def test_a_store_that_was_down_is_asked_again(documents: Documents, storage: BusyStorage) -> None:
    storage.during_download = lambda: raising(Unavailable("down"))
    with pytest.raises(Unavailable):
        fetch(documents, request())
    storage.during_download = lambda: None
    assert fetch(documents, request()) == DOCUMENT


def test_where_the_disk_is_full_copies_that_nobody_looks_at_make_room(storage: BusyStorage) -> None:
    with closing(Documents(storage, capacity=1 << 30, largest=1000)) as documents:
        fetch(documents, request(tenant="acme"))
        open_files = descriptors()
        full = [OSError(errno.ENOSPC, "full")]
        storage.during_download = lambda: raising(full.pop()) if full else None

        assert fetch(documents, request(tenant="other")) == DOCUMENT

        assert descriptors() == open_files
        full.append(OSError(errno.ENOSPC, "full"))
        assert fetch(documents, request(tenant="third")) == DOCUMENT


def test_a_disk_that_stays_full_is_said(storage: BusyStorage, documents: Documents) -> None:
    storage.during_download = lambda: raising(OSError(errno.ENOSPC, "full"))
    with pytest.raises(OSError, match="full"):
        fetch(documents, request())
