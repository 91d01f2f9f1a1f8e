"""An engine that is not here is refused before anything is uploaded; where nobody can know, intake decides."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import KafkaError, KafkaException
from typer.testing import Result

from local.cli import evaluating, named_engines, twin, upload
from local.cli.errors import Impossible
from local.cli.stack import Stack
from local.platform import topics

Command = Callable[..., Result]
SURYA = {"engine": "surya", "why": "no weights in /models/surya", "advice": "Bring some."}


@pytest.mark.usefixtures("up")
@pytest.mark.parametrize("verb", ["submit", "eval"])
def test_an_engine_that_is_not_here_is_refused_with_those_that_are_and_nothing_is_uploaded(
    pagebus: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.setattr(upload, "put", lambda *_: pytest.fail("uploaded"))
    monkeypatch.setattr(evaluating, "read", lambda *_: pytest.fail("read"))
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "a.gt.txt").touch()

    result = pagebus(verb, str(tmp_path), "--engines", "tesseract,tesserct")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "No engine is called tesserct. Engines here: rapidocr, tesseract." in result.stderr


def test_an_engine_that_cannot_run_here_is_refused_with_how_to_have_it(
    up: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twin, "ask", lambda _: {"functions": [], "sources": [], "left_out": [SURYA]})

    with pytest.raises(Impossible) as refused:
        named_engines.check(up, {"pagebus-engines": "surya"})

    assert "Left out: surya (no weights in /models/surya). Bring some. Engines here:" in str(refused.value)
    assert "is called" not in str(refused.value)


@pytest.mark.parametrize("engines", ["tesseract", "rapidocr,tesseract", "tesseract rapidocr"])
def test_engines_that_are_here_are_let_go_on(up: Stack, engines: str) -> None:
    named_engines.check(up, {"pagebus-engines": engines})


def test_on_a_platform_of_somebodys_own_intake_decides(up: Stack) -> None:
    own = replace(up, started=replace(up.started, platform="yours"))

    named_engines.check(own, {"pagebus-engines": "crystalball"})


def test_where_kafka_does_not_answer_intake_decides(up: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: str) -> None:
        raise KafkaException(KafkaError(KafkaError._TRANSPORT))  # noqa: SLF001  # its name in the library

    monkeypatch.setattr(topics, "look", away)

    named_engines.check(up, {"pagebus-engines": "crystalball"})
