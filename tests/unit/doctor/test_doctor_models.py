"""Engines are judged by what their own readers say."""

from dataclasses import replace
from pathlib import Path

import pytest

from local.doctor import models
from local.doctor.asking import NoAnswer
from local.doctor.finding import State
from local.doctor.models import Expected, Reader
from local.doctor.settings import Told
from local.twin.left_out import UNINSTALLED, LeftOut
from tests.kit import ROOT
from tests.unit.doctor.doctor_facts import function

GERMAN = Expected(("deu",), ("toy",))
READER = """
class Toy:
    name, version, languages = "toy", "1", frozenset({"eng", "deu"})

    def __init__(self):
        print("libraries print as they like")

    def read(self, image, languages): ...
"""
ENGINE = Told(frozenset(), is_engine=True)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A place for a reader, in a package of its own."""
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy/__init__.py").touch()
    return tmp_path


def test_a_reader_is_made_and_says_itself_what_it_reads(package: Path) -> None:
    (package / "toy/reader.py").write_text(READER)
    toy = function("toy", package="toy", environment={"PYTHONPATH": str(package)})

    [found] = models.check([toy], {"toy": ENGINE}, (), ())

    assert (found.state, found.found) == ("ok", "1 reads deu, eng")


def test_a_reader_is_made_of_its_settings_as_its_process_makes_it() -> None:
    platform = {"KAFKA_BOOTSTRAP_SERVERS": "nowhere:9092", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "key"}
    tesseract = function("tesseract", package="functions.tesseract", environment=platform)

    said = models.made(replace(tesseract, folder=ROOT))

    assert isinstance(said, Reader)
    assert said.name == "tesseract"
    assert {"deu", "eng"} <= said.languages


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import nowhere_at_all", "No module named 'nowhere_at_all'"),
        (READER.replace("print(", "raise OSError(28, 'no room') #"), "no room"),
        ("import os; os.kill(os.getpid(), 11)", "signal 11"),
        ("", "no class with a name and a read"),
    ],
)
def test_a_reader_that_cannot_be_made_is_named_with_its_reason(package: Path, source: str, reason: str) -> None:
    (package / "toy/reader.py").write_text(source)
    toy = function("toy", package="toy", environment={"PYTHONPATH": str(package)})

    [found] = models.check([toy], {"toy": ENGINE}, (), ())
    [optional] = models.check([toy], {"toy": ENGINE}, (), ("toy",))

    assert (found.check, found.state, optional.state) == ("toy", "wrong", "warning")
    assert reason in found.found


@pytest.mark.parametrize(("name", "state"), [("toy", "wrong"), ("other", "warning")])
def test_german_is_needed_where_documents_go_that_say_nothing(name: str, state: State) -> None:
    found = models.engine(function(name), Reader(name, "1", frozenset({"eng"})), GERMAN, optional=False)

    assert found.state == state
    assert found.found == "1 reads eng, and not deu"
    assert "model for deu" in found.advice


def test_of_many_languages_those_that_matter_are_shown() -> None:
    many = frozenset({"deu", *(f"x{letter}" for letter in "abcdefghij")})

    assert models.engine(function(), Reader("toy", "1", many), GERMAN, optional=False).found == (
        "1 reads deu, xa, xb, xc, xd, xe, xf, xg and 3 more"
    )


def test_an_engine_on_the_route_that_nobody_is_is_wrong() -> None:
    assert models.route(["toy"], {"pagebus.pages.toy"}) == []
    [found] = models.route(["crystalball"], {"pagebus.pages.toy"})
    assert (found.check, found.state) == ("ROUTE crystalball", "wrong")


def test_what_documents_get_is_what_intake_s_settings_say() -> None:
    intake = Told(frozenset(), values={"languages": "deu+eng", "route": "toy,other"})

    assert models.expected([ENGINE, intake]) == Expected(("deu", "eng"), ("toy", "other"))
    assert models.expected([ENGINE]) == Expected(("deu",), ())


def test_a_reader_that_takes_too_long_is_given_up(package: Path) -> None:
    (package / "toy/reader.py").write_text("import time; time.sleep(60)")
    toy = function("toy", package="toy", environment={"PYTHONPATH": str(package)})

    said = models.made(toy, patience=1)

    assert isinstance(said, NoAnswer)
    assert "within 1 s" in str(said)


def test_an_engine_that_is_left_out_for_want_of_weights_is_named_and_of_packages_others_tell() -> None:
    [found] = models.absent(
        [LeftOut("surya", "no weights in /models/surya", "Bring some."), LeftOut("gotocr", UNINSTALLED, "Run it.")]
    )

    assert (found.check, found.state, found.advice) == ("surya", "warning", "Bring some.")
    assert found.found == "is left out: no weights in /models/surya"


@pytest.mark.parametrize(
    ("named", "state", "said"),
    [("there", "ok", "names there"), ("gone", "warning", "not there"), ("file", "warning", "no folder")],
)
def test_a_folder_of_weights_that_is_named_is_looked_for_where_pagebus_was_started(
    tmp_path: Path, named: str, state: State, said: str
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "file").touch()

    [found] = models.folder(named, tmp_path)

    assert (found.check, found.state) == ("PAGEBUS_MODELS", state)
    assert said in found.found


def test_weights_that_nobody_placed_are_nothing_to_look_at(tmp_path: Path) -> None:
    assert models.folder(None, tmp_path) == models.folder("", tmp_path) == []
