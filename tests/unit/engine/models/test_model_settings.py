"""A missing model or device is reported before the start, with the variable to set."""

from pathlib import Path
from typing import Any

import pytest

from functions.engine.models import checkpoint
from functions.engine.models.settings import ModelSettings
from functions.runtime.errors import StartupError
from functions.runtime.settings import load_settings

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Settings(ModelSettings):
    """Settings with a default model, as engines have them."""

    model_id: str = "organisation/model"
    languages: str = "deu"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("MODEL_ID", "MODEL_DIR", "REVISION", "DEVICE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "nowhere:9092")
    return monkeypatch


def load_and_get_error(capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        load_settings(Settings)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_model_without_commit_or_directory_is_refused(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = "Set MODEL_DIR to a directory, or REVISION to a commit of organisation/model.\n"
    assert load_and_get_error(capsys) == expected
    environment.setenv("REVISION", "main")
    assert load_and_get_error(capsys).startswith("REVISION: ")
    environment.setenv("REVISION", COMMIT)
    assert load_settings(Settings).revision == COMMIT


def test_error_names_a_directory_without_a_model(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    environment.setenv("MODEL_DIR", str(tmp_path / "nowhere"))
    assert load_and_get_error(capsys).startswith(f"MODEL_DIR: {tmp_path / 'nowhere'} is not a directory. It must hold ")
    environment.setenv("MODEL_DIR", str(tmp_path))
    assert load_and_get_error(capsys).startswith(f"MODEL_DIR: {tmp_path} has no config.json. It must hold ")


def make_settings(**others: Any) -> Settings:
    return Settings(kafka_bootstrap_servers="nowhere:9092", **others)


def create_model_dir(where: Path, weights: bytes) -> Path:
    where.mkdir()
    (where / "config.json").write_text("{}")
    (where / "model.safetensors").write_bytes(weights)
    return where


def test_version_depends_on_weights_and_not_on_the_folder(tmp_path: Path) -> None:
    first, same, other = (
        checkpoint.build_model_version(make_settings(model_dir=create_model_dir(tmp_path / name, weights)))
        for name, weights in (
            ("first", b"1" * 5_000_000),
            ("same", b"1" * 5_000_000),
            ("other", b"1" * 4_999_999 + b"2"),
        )
    )
    assert first == same
    assert first != other


def test_error_names_a_missing_device(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"DEVICE: this machine has no xpu\. Set DEVICE to auto or cpu"):
        checkpoint.load_checkpoint(make_settings(model_dir=create_model_dir(tmp_path / "model", b""), device="xpu"))
