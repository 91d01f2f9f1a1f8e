"""Findings about engines, their readers and their model weights."""

from dataclasses import replace
from pathlib import Path

import pytest

from local.doctor import models
from local.doctor.finding import State
from local.doctor.models import DefaultOptions, ReaderReport
from local.doctor.probe_runner import ProbeError
from local.doctor.settings import SettingsReport
from local.twin.unavailable_engines import UNINSTALLED, UnavailableEngine
from tests.kit import ROOT
from tests.unit.doctor.doctor_examples import build_function

GERMAN = DefaultOptions(("deu",), ("toy",))
READER = """
class Toy:
    name, version, languages = "toy", "1", frozenset({"eng", "deu"})

    def __init__(self):
        print("libraries may print anything")

    def read(self, image, languages): ...
"""
ENGINE = SettingsReport(frozenset(), is_engine=True)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Folder with an empty package `toy`, for a reader."""
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy/__init__.py").touch()
    return tmp_path


def test_reader_reports_its_languages(package: Path) -> None:
    (package / "toy/reader.py").write_text(READER)
    toy = build_function("toy", package="toy", environment={"PYTHONPATH": str(package)})

    [found] = models.check_engines([toy], {"toy": ENGINE}, (), ())

    assert (found.state, found.found) == ("ok", "version 1 reads deu, eng")


def test_reader_is_created_from_its_settings() -> None:
    platform = {"KAFKA_BOOTSTRAP_SERVERS": "nowhere:9092", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "key"}
    tesseract = build_function("tesseract", package="functions.tesseract", environment=platform)

    result = models.probe_reader(replace(tesseract, folder=ROOT))

    assert isinstance(result, ReaderReport)
    assert result.name == "tesseract"
    assert {"deu", "eng"} <= result.languages


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import nowhere_at_all", "No module named 'nowhere_at_all'"),
        (READER.replace("print(", "raise OSError(28, 'no room') #"), "no room"),
        ("import os; os.kill(os.getpid(), 11)", "signal 11"),
        ("", "no class with a name and a read"),
    ],
)
def test_failed_reader_is_reported_with_its_reason(package: Path, source: str, reason: str) -> None:
    (package / "toy/reader.py").write_text(source)
    toy = build_function("toy", package="toy", environment={"PYTHONPATH": str(package)})

    [found] = models.check_engines([toy], {"toy": ENGINE}, (), ())
    [optional] = models.check_engines([toy], {"toy": ENGINE}, (), ("toy",))

    assert (found.check, found.state, optional.state) == ("toy", "wrong", "warning")
    assert reason in found.found


@pytest.mark.parametrize(("name", "state"), [("toy", "wrong"), ("other", "warning")])
def test_default_language_is_required_on_the_default_route(name: str, state: State) -> None:
    found = models.check_reader(
        build_function(name), ReaderReport(name, "1", frozenset({"eng"})), GERMAN, is_optional=False
    )

    assert found.state == state
    assert found.found == "version 1 reads eng, but not deu"
    assert "model for deu" in found.advice


def test_default_languages_are_shown_first() -> None:
    many = frozenset({"deu", *(f"x{letter}" for letter in "abcdefghij")})

    assert models.check_reader(build_function(), ReaderReport("toy", "1", many), GERMAN, is_optional=False).found == (
        "version 1 reads deu, xa, xb, xc, xd, xe, xf, xg and 3 more"
    )


def test_engine_on_the_route_without_a_source_is_wrong() -> None:
    assert models.check_route(["toy"], {"pagebus.pages.toy"}) == []
    [found] = models.check_route(["unknown"], {"pagebus.pages.toy"})
    assert (found.check, found.state) == ("ROUTE unknown", "wrong")


def test_default_options_are_those_of_intake() -> None:
    intake = SettingsReport(frozenset(), values={"languages": "deu+eng", "route": "toy,other"})

    assert models.find_default_options([ENGINE, intake]) == DefaultOptions(("deu", "eng"), ("toy", "other"))
    assert models.find_default_options([ENGINE]) == DefaultOptions(("deu",), ())


def test_slow_reader_times_out(package: Path) -> None:
    (package / "toy/reader.py").write_text("import time; time.sleep(60)")
    toy = build_function("toy", package="toy", environment={"PYTHONPATH": str(package)})

    result = models.probe_reader(toy, timeout_s=1)

    assert isinstance(result, ProbeError)
    assert "within 1 s" in str(result)


def test_missing_weights_are_a_warning_without_missing_packages() -> None:
    [found] = models.report_missing_weights(
        [
            UnavailableEngine("surya", "no weights in /models/surya", "Add some."),
            UnavailableEngine("gotocr", UNINSTALLED, "Run it."),
        ]
    )

    assert (found.check, found.state, found.advice) == ("surya", "warning", "Add some.")
    assert found.found == "is unavailable: no weights in /models/surya"


@pytest.mark.parametrize(
    ("name", "state", "text"),
    [("weights", "ok", "is weights"), ("missing", "warning", "does not exist"), ("file", "warning", "is not a folder")],
)
def test_models_folder_is_relative_to_the_start_folder(tmp_path: Path, name: str, state: State, text: str) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "file").touch()

    [found] = models.check_models_folder(name, tmp_path)

    assert (found.check, found.state) == ("PAGEBUS_MODELS", state)
    assert text in found.found


def test_unset_models_folder_has_no_finding(tmp_path: Path) -> None:
    assert models.check_models_folder(None, tmp_path) == models.check_models_folder("", tmp_path) == []
