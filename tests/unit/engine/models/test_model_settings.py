"""A model that cannot be had is told of before anything starts, with what to set and to what."""

from pathlib import Path
from typing import Any

import pytest

from functions.engine.models import checkpoint
from functions.engine.models.settings import ModelSettings
from functions.runtime.errors import Unstartable
from functions.runtime.settings import load

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Settings(ModelSettings):
    """With a model of its own, as engines have."""

    model_id: str = "organisation/model"
    languages: str = "deu"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("MODEL_ID", "MODEL_DIR", "REVISION", "DEVICE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "nowhere:9092")
    return monkeypatch


def told(capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        load(Settings)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_a_model_without_a_commit_or_a_directory_is_refused(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = "Set MODEL_DIR to a directory, or REVISION to the commit of organisation/model to be had.\n"
    assert told(capsys) == expected
    environment.setenv("REVISION", "main")
    assert told(capsys).startswith("REVISION: ")
    environment.setenv("REVISION", COMMIT)
    assert load(Settings).revision == COMMIT


def test_a_directory_that_is_none_or_holds_no_model_is_named(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    environment.setenv("MODEL_DIR", str(tmp_path / "nowhere"))
    assert told(capsys).startswith(f"MODEL_DIR: {tmp_path / 'nowhere'} is no directory. It must hold ")
    environment.setenv("MODEL_DIR", str(tmp_path))
    assert told(capsys).startswith(f"MODEL_DIR: {tmp_path} holds no config.json. It must hold ")


def settings(**others: Any) -> Settings:
    return Settings(kafka_bootstrap_servers="nowhere:9092", **others)


def folder(where: Path, weights: bytes) -> Path:
    where.mkdir()
    (where / "config.json").write_text("{}")
    (where / "model.safetensors").write_bytes(weights)
    return where


def test_other_weights_are_another_version_and_the_same_elsewhere_are_not(tmp_path: Path) -> None:
    one, same, other = (
        checkpoint.name(settings(model_dir=folder(tmp_path / name, weights)))
        for name, weights in (("one", b"1" * 5_000_000), ("same", b"1" * 5_000_000), ("other", b"1" * 4_999_999 + b"2"))
    )
    assert one == same
    assert one != other


def test_a_device_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Unstartable, match="DEVICE: there is no xpu here; set it to auto or cpu"):
        checkpoint.load(settings(model_dir=folder(tmp_path / "model", b""), device="xpu"))
