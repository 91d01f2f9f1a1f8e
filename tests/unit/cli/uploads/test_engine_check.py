"""The check of engines before an upload."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import KafkaError, KafkaException
from typer.testing import Result

from local.cli.eval import reading
from local.cli.shell.errors import UsageError
from local.cli.stack import twin
from local.cli.stack.stack import Stack
from local.cli.uploads import transfer
from local.cli.uploads.options import check_engines
from local.platform import topics
from local.twin.state import TwinState
from local.twin.unavailable_engines import UnavailableEngine

Command = Callable[..., Result]
SURYA = UnavailableEngine("surya", "no weights in /models/surya", "Bring some.")


@pytest.mark.usefixtures("up")
@pytest.mark.parametrize("command", ["submit", "eval"])
def test_unknown_engine_is_refused_before_the_upload(
    pagebus: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(transfer, "upload_file", lambda *_: pytest.fail("uploaded"))
    monkeypatch.setattr(reading, "read_documents", lambda *_: pytest.fail("read"))
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "a.gt.txt").touch()

    result = pagebus(command, str(tmp_path), "--engines", "tesseract,tesserct")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "No engine is called tesserct. Engines here: rapidocr, tesseract." in result.stderr


def test_unavailable_engine_is_refused_with_advice(up: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin, "load_state", lambda _: TwinState(unavailable_engines=(SURYA,)))

    with pytest.raises(UsageError) as refused:
        check_engines(up, {"pagebus-engines": "surya"})

    assert "Unavailable: surya (no weights in /models/surya). Bring some. Engines here:" in str(refused.value)
    assert "is called" not in str(refused.value)


@pytest.mark.parametrize("engines", ["tesseract", "rapidocr,tesseract", "tesseract rapidocr"])
def test_available_engines_are_accepted(up: Stack, engines: str) -> None:
    check_engines(up, {"pagebus-engines": engines})


def test_engines_are_not_checked_on_the_users_platform(up: Stack) -> None:
    own = replace(up, record=replace(up.record, platform="yours"))

    check_engines(own, {"pagebus-engines": "crystalball"})


def test_engines_are_not_checked_without_kafka(up: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: str) -> None:
        raise KafkaException(KafkaError(KafkaError._TRANSPORT))  # noqa: SLF001  # its name in the library

    monkeypatch.setattr(topics, "load_cluster_metadata", away)

    check_engines(up, {"pagebus-engines": "crystalball"})
