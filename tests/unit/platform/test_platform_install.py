"""Installing the real platform: what is missing is named, and what is there is left alone."""

from pathlib import Path

import pytest

from local.platform import install, installed
from local.platform.errors import PlatformError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PAGEBUS_PLATFORM", str(tmp_path / "installed"))
    return tmp_path / "installed"


def _program(folder: Path, name: str, says: str) -> None:
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)


@pytest.mark.usefixtures("folder")
def test_every_tool_that_is_missing_or_too_old_is_named_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _program(tmp_path / "path", "java", 'openjdk version "11.0.2"')
    _program(tmp_path / "path", "go", "go version go1.26.8 linux/amd64")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    assert install.main() == 1
    said = capsys.readouterr().err
    assert "openjdk-17-jre-headless" in said
    assert "install maven" in said
    assert "golang" not in said


def test_what_is_installed_needs_no_tools(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed.kafka_jars().mkdir(parents=True)
    installed.versitygw().parent.mkdir()
    monkeypatch.setenv("PATH", "")
    assert install.main() == 0
    assert sorted(place.name for place in folder.iterdir()) == ["kafka-4.3.1", "versitygw-v1.8.0"]


@pytest.mark.usefixtures("folder")
def test_a_platform_that_is_not_installed_says_how_to_install_it() -> None:
    with pytest.raises(PlatformError, match="make platform"):
        installed.check()


def test_an_installation_that_was_interrupted_leaves_nothing(folder: Path) -> None:
    def fail(place: Path) -> None:
        place.mkdir()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install._make_whole(folder / "kafka", fail)  # noqa: SLF001  # no interruption can be timed from outside
    assert list(folder.iterdir()) == []
