"""Uploads of several files at a time, yielded in their order."""

import threading
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from local.cli.queries.documents import Document
from local.cli.shell.errors import CommandFailedError
from local.cli.uploads import transfer
from local.cli.uploads.plan import Upload
from local.cli.uploads.transfer import ProgressCallback, UploadProgress, UploadStoppedError, upload_files


@pytest.fixture
def uploads(tmp_path: Path) -> list[Upload]:
    """Files of 0, 1, 2 ... bytes."""
    uploads = [Upload(tmp_path / f"{number}.pdf", f"in/acme/{number}.pdf") for number in range(30)]
    for number, upload in enumerate(uploads):
        upload.file.write_bytes(b"x" * number)
    return uploads


def _document(upload: Upload) -> Document:
    return Document(upload.key, "acme", upload.key, "uploaded")


class _Stoppable(UploadProgress):
    """A progress that sets an event when it is stopped."""

    def __init__(self, stopped: threading.Event) -> None:
        super().__init__()
        self._event = stopped

    def stop(self) -> None:
        super().stop()
        self._event.set()


def test_uploads_are_yielded_in_the_given_order(uploads: list[Upload], monkeypatch: pytest.MonkeyPatch) -> None:
    second = threading.Event()

    def upload_file(_: object, upload: Upload, *__: object) -> Document:
        if upload is uploads[0]:
            assert second.wait(60), "the second file waits for the first"
        if upload is uploads[1]:
            second.set()
        return _document(upload)

    monkeypatch.setattr(transfer, "upload_file", upload_file)
    progress = UploadProgress()

    keys = [finished.document.key for finished in upload_files(None, uploads, "acme", {}, progress)]

    assert keys == [upload.key for upload in uploads]
    assert progress.files == 30


def test_closing_stops_all_but_small_running_uploads(uploads: list[Upload], monkeypatch: pytest.MonkeyPatch) -> None:
    first, large, small, *_ = uploads
    started: list[Upload] = []
    under_way, stopped = threading.Barrier(3), threading.Event()

    def upload_file(_: object, upload: Upload, __: str, ___: Mapping[str, str], on_bytes: ProgressCallback) -> Document:
        started.append(upload)
        if upload is not first:
            under_way.wait(60)
            assert stopped.wait(60)
        if upload is large:
            on_bytes(1)
        return _document(upload)

    monkeypatch.setattr(transfer, "upload_file", upload_file)
    monkeypatch.setattr(transfer, "_THREADS", 2)
    progress = _Stoppable(stopped)

    with closing(upload_files(None, uploads, "acme", {}, progress)) as following:
        next(following)
        under_way.wait(60)

    assert progress.files == 2
    assert set(started) == {first, large, small}


def test_failed_upload_ends_the_generator(uploads: list[Upload], monkeypatch: pytest.MonkeyPatch) -> None:
    def upload_file(_: object, upload: Upload, *__: object) -> Document:
        if upload is uploads[2]:
            raise CommandFailedError("no")
        return _document(upload)

    monkeypatch.setattr(transfer, "upload_file", upload_file)
    following = upload_files(None, uploads, "acme", {}, UploadProgress())

    assert [next(following).document.key, next(following).document.key] == ["in/acme/0.pdf", "in/acme/1.pdf"]
    with pytest.raises(CommandFailedError):
        next(following)


def test_progress_counts_partial_and_finished_files(uploads: list[Upload]) -> None:
    calls: list[tuple[int, int]] = []
    progress = UploadProgress(lambda on_bytes, files: calls.append((on_bytes, files)))

    progress.add_bytes(uploads[10], 4)
    progress.add_bytes(uploads[10], 4)
    progress.finish_file(uploads[3])
    progress.finish_file(uploads[10])

    assert calls == [(4, 0), (8, 0), (11, 1), (13, 2)]


def test_stopped_progress_raises_at_the_next_bytes(uploads: list[Upload]) -> None:
    progress = UploadProgress()
    progress.stop()

    with pytest.raises(UploadStoppedError):
        progress.add_bytes(uploads[10], 4)
