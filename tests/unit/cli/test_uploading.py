"""Several files at a time, told in the order in which they were given."""

import threading
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from local.cli import upload, uploading
from local.cli.documents import Document
from local.cli.errors import Failed
from local.cli.upload import Moved, Upload
from local.cli.uploading import StoppedError, Tally, uploaded


@pytest.fixture
def planned(tmp_path: Path) -> list[Upload]:
    """Files of 0, 1, 2 ... bytes."""
    made = [Upload(tmp_path / f"{number}.pdf", f"in/acme/{number}.pdf") for number in range(30)]
    for number, one in enumerate(made):
        one.file.write_bytes(b"x" * number)
    return made


def _document(one: Upload) -> Document:
    return Document(one.key, "acme", one.key, "uploaded")


class _Stoppable(Tally):
    """Tells when it is stopped."""

    def __init__(self, stopped: threading.Event) -> None:
        super().__init__()
        self._told = stopped

    def stop(self) -> None:
        super().stop()
        self._told.set()


def test_documents_come_in_the_order_of_the_files_whichever_is_uploaded_first(
    planned: list[Upload], monkeypatch: pytest.MonkeyPatch
) -> None:
    second = threading.Event()

    def put(_: object, one: Upload, *__: object) -> Document:
        if one is planned[0]:
            assert second.wait(60), "the second file waits for the first"
        if one is planned[1]:
            second.set()
        return _document(one)

    monkeypatch.setattr(upload, "put", put)
    tally = Tally()

    keys = [put.document.key for put in uploaded(None, planned, "acme", {}, tally)]

    assert keys == [one.key for one in planned]
    assert tally.files == 30


def test_of_what_is_under_way_when_nobody_asks_any_more_only_small_files_come_to_their_end(
    planned: list[Upload], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, large, small, *_ = planned
    begun: list[Upload] = []
    under_way, stopped = threading.Barrier(3), threading.Event()

    def put(_: object, one: Upload, __: str, ___: Mapping[str, str], moved: Moved) -> Document:
        begun.append(one)
        if one is not first:
            under_way.wait(60)
            assert stopped.wait(60)
        if one is large:
            moved(1)
        return _document(one)

    monkeypatch.setattr(upload, "put", put)
    monkeypatch.setattr(uploading, "_AT_A_TIME", 2)
    tally = _Stoppable(stopped)

    with closing(uploaded(None, planned, "acme", {}, tally)) as following:
        next(following)
        under_way.wait(60)

    assert tally.files == 2
    assert set(begun) == {first, large, small}


def test_a_file_that_fails_ends_all_that_come_after_it(planned: list[Upload], monkeypatch: pytest.MonkeyPatch) -> None:
    def put(_: object, one: Upload, *__: object) -> Document:
        if one is planned[2]:
            raise Failed("no")
        return _document(one)

    monkeypatch.setattr(upload, "put", put)
    following = uploaded(None, planned, "acme", {}, Tally())

    assert [next(following).document.key, next(following).document.key] == ["in/acme/0.pdf", "in/acme/1.pdf"]
    with pytest.raises(Failed):
        next(following)


def test_a_tally_counts_parts_of_large_files_until_they_are_whole(planned: list[Upload]) -> None:
    told: list[tuple[int, int]] = []
    tally = Tally(lambda moved, files: told.append((moved, files)))

    tally.moved(planned[10], 4)
    tally.moved(planned[10], 4)
    tally.finished(planned[3])
    tally.finished(planned[10])

    assert told == [(4, 0), (8, 0), (11, 1), (13, 2)]


def test_a_tally_that_was_stopped_takes_no_more_parts(planned: list[Upload]) -> None:
    tally = Tally()
    tally.stop()

    with pytest.raises(StoppedError):
        tally.moved(planned[10], 4)
