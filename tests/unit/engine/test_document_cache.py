import errno
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from events.page import PageRequested
from functions.engine.page_source import DocumentCache
from functions.runtime.errors import ObjectChanged, ObjectGone, ObjectTooLarge, Unavailable
from functions.runtime.sandbox.problem import DocumentProblem
from tests.unit.engine.engine_fakes import BUCKET, DOCUMENT, KEY, HookedStorage, make_request


def fetch(documents: DocumentCache, request: PageRequested) -> bytes:
    with documents.open_document(request) as path:
        return path.read_bytes()


def count_open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def raise_error(error: Exception) -> None:
    raise error


@pytest.fixture
def storage() -> HookedStorage:
    return HookedStorage()


@pytest.fixture
def documents(storage: HookedStorage) -> Iterator[DocumentCache]:
    with closing(DocumentCache(storage, capacity_bytes=2 * len(DOCUMENT), max_document_bytes=1000)) as opened:
        yield opened


def test_document_is_downloaded_once_for_all_pages(documents: DocumentCache, storage: HookedStorage) -> None:
    assert {fetch(documents, make_request(page=page)) for page in (1, 2, 3)} == {DOCUMENT}
    assert storage.download_count == 1


def test_threads_share_one_download(documents: DocumentCache, storage: HookedStorage) -> None:
    release = threading.Event()
    storage.during_download = release.wait
    with ThreadPoolExecutor(4) as threads:
        fetching = [threads.submit(fetch, documents, make_request(page=page)) for page in (1, 2, 3, 1)]
        release.set()
        assert {found.result() for found in fetching} == {DOCUMENT}
    assert storage.download_count == 1


def test_tenants_do_not_share_files(documents: DocumentCache, storage: HookedStorage) -> None:
    fetch(documents, make_request(tenant="acme"))
    fetch(documents, make_request(tenant="other"))
    assert storage.download_count == 2


def test_least_recently_used_document_is_evicted(documents: DocumentCache, storage: HookedStorage) -> None:
    for tenant in ("a", "b", "a", "c"):
        fetch(documents, make_request(tenant=tenant))
    fetch(documents, make_request(tenant="a"))
    assert storage.download_count == 3
    fetch(documents, make_request(tenant="b"))
    assert storage.download_count == 4


def test_number_of_small_documents_is_limited(storage: HookedStorage) -> None:
    with closing(DocumentCache(storage, capacity_bytes=10**9, max_document_bytes=1000)) as documents:
        before = count_open_files()
        for number in range(150):
            fetch(documents, make_request(tenant=str(number)))
        assert count_open_files() == before + 100


def test_cached_file_has_no_name_on_disk(documents: DocumentCache) -> None:
    with documents.open_document(make_request()) as path:
        assert "(deleted)" in str(path.readlink())


def test_document_in_use_is_not_evicted(documents: DocumentCache) -> None:
    with documents.open_document(make_request(tenant="a")) as path:
        for tenant in ("b", "c", "d"):
            fetch(documents, make_request(tenant=tenant))
        assert path.read_bytes() == DOCUMENT


@pytest.mark.parametrize(
    ("error", "reason"),
    [(ObjectGone(), "document_gone"), (ObjectChanged(), "document_changed"), (ObjectTooLarge(), "document_changed")],
)
def test_missing_or_changed_document_is_a_problem(
    documents: DocumentCache, storage: HookedStorage, error: Exception, reason: str
) -> None:
    before = count_open_files()
    storage.during_download = lambda: raise_error(error)
    with pytest.raises(DocumentProblem) as caught:
        fetch(documents, make_request())
    assert caught.value.reason == reason
    assert count_open_files() == before


def test_other_bytes_under_the_same_etag_are_detected(documents: DocumentCache, storage: HookedStorage) -> None:
    _, stored = storage.objects[BUCKET, KEY]
    storage.objects[BUCKET, KEY] = b"others", stored
    with pytest.raises(DocumentProblem) as caught:
        fetch(documents, make_request())
    assert caught.value.reason == "document_changed"


def test_unavailable_store_is_tried_again(documents: DocumentCache, storage: HookedStorage) -> None:
    storage.during_download = lambda: raise_error(Unavailable("down"))
    with pytest.raises(Unavailable):
        fetch(documents, make_request())
    storage.during_download = lambda: None
    assert fetch(documents, make_request()) == DOCUMENT


def test_full_disk_evicts_unused_documents(storage: HookedStorage) -> None:
    with closing(DocumentCache(storage, capacity_bytes=1 << 30, max_document_bytes=1000)) as documents:
        fetch(documents, make_request(tenant="acme"))
        open_files = count_open_files()
        failures = [OSError(errno.ENOSPC, "failures")]
        storage.during_download = lambda: raise_error(failures.pop()) if failures else None

        assert fetch(documents, make_request(tenant="other")) == DOCUMENT

        assert count_open_files() == open_files
        failures.append(OSError(errno.ENOSPC, "failures"))
        assert fetch(documents, make_request(tenant="third")) == DOCUMENT


def test_disk_that_stays_full_raises_the_error(storage: HookedStorage, documents: DocumentCache) -> None:
    storage.during_download = lambda: raise_error(OSError(errno.ENOSPC, "failures"))
    with pytest.raises(OSError, match="failures"):
        fetch(documents, make_request())
