"""Tests of installing the real platform: missing tools are named, and installed folders stay unchanged."""

from pathlib import Path

import pytest

from local.platform import installation, installer
from local.platform.errors import PlatformError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PAGEBUS_PLATFORM", str(tmp_path / "installed"))
    return tmp_path / "installed"


def _create_program(folder: Path, name: str, output: str) -> None:
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{output}'\n")
    program.chmod(0o755)


@pytest.mark.usefixtures("folder")
def test_missing_and_old_tools_are_named_with_their_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _create_program(tmp_path / "path", "java", 'openjdk version "11.0.2"')
    _create_program(tmp_path / "path", "go", "go version go1.26.8 linux/amd64")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    assert installer.main() == 1
    errors = capsys.readouterr().err
    assert "openjdk-17-jre-headless" in errors
    assert "install maven" in errors
    assert "golang" not in errors


def test_installed_platform_needs_no_tools(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installation.get_kafka_folder().mkdir(parents=True)
    installation.get_versitygw_path().parent.mkdir()
    monkeypatch.setenv("PATH", "")
    assert installer.main() == 0
    assert sorted(path.name for path in folder.iterdir()) == ["kafka-4.3.1", "versitygw-v1.8.0"]


@pytest.mark.usefixtures("folder")
def test_error_names_the_install_command() -> None:
    with pytest.raises(PlatformError, match="make platform"):
        installation.check_installed()


def test_interrupted_installation_leaves_nothing(folder: Path) -> None:
    def fail(path: Path) -> None:
        path.mkdir()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        installer._install_atomically(folder / "kafka", fail)  # noqa: SLF001  # an interruption cannot be timed from outside
    assert list(folder.iterdir()) == []
