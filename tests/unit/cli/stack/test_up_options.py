"""The stack that `pagebus up` starts, by its options and the last stack."""

from pathlib import Path

import pytest

from local.cli.shell.errors import UsageError
from local.cli.shell.home import PlatformKind, StackRecord, delete_record, load_record, save_record
from local.cli.stack.up_options import PRODUCT_MANIFESTS, UpOptions, resolve_options
from local.platform.endpoints import Endpoints

THERE = Endpoints("k:1", "http://s:2", "key", "secret", "eu", "postgresql://d")


def _before(platform: PlatformKind, *manifests: str) -> StackRecord:
    return StackRecord(platform, manifests or tuple(map(str, PRODUCT_MANIFESTS)), THERE)


def test_default_is_the_product_on_the_embedded_platform() -> None:
    wanted = resolve_options(UpOptions(), None, {}, is_running=False)

    assert (wanted.platform, wanted.manifests) == ("embedded", tuple(map(str, PRODUCT_MANIFESTS)))


def test_options_default_to_the_last_stack(tmp_path: Path) -> None:
    assert resolve_options(UpOptions(), _before("real", str(tmp_path)), {}, is_running=True).manifests == (
        str(tmp_path),
    )
    assert resolve_options(UpOptions(), _before("real"), {}, is_running=True).platform == "real"
    assert resolve_options(UpOptions(), _before("yours"), {}, is_running=True).platform == THERE


def test_other_platform_while_up_is_refused() -> None:
    with pytest.raises(UsageError, match="pagebus down"):
        resolve_options(UpOptions(platform="embedded"), _before("real"), {}, is_running=True)


def test_other_platform_after_the_end_is_accepted() -> None:
    assert resolve_options(UpOptions(platform="embedded"), _before("real"), {}, is_running=False).platform == "embedded"


def test_other_manifests_while_up_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="manifests"):
        resolve_options(UpOptions(manifests=(tmp_path,)), _before("embedded"), {}, is_running=True)


def test_file_as_manifests_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "hello.yaml"
    file.touch()

    with pytest.raises(UsageError, match=r"is a file. Name its folder"):
        resolve_options(UpOptions(manifests=(file,)), None, {}, is_running=False)


def test_own_s3_needs_keys_in_the_environment() -> None:
    options = UpOptions(kafka="k:1", s3="http://s:2", database="postgresql://d")

    with pytest.raises(UsageError, match="AWS_ACCESS_KEY_ID"):
        resolve_options(options, None, {"AWS_SECRET_ACCESS_KEY": "s"}, is_running=False)


def test_record_is_private_and_can_be_deleted(tmp_path: Path) -> None:
    assert load_record(tmp_path) is None
    save_record(tmp_path, _before("real"))

    assert load_record(tmp_path) == _before("real")
    assert (tmp_path / "up.json").stat().st_mode & 0o077 == 0
    delete_record(tmp_path)
    assert load_record(tmp_path) is None
