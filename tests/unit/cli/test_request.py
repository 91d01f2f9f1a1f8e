"""What `up` is asked for, after what it was asked for before."""

from pathlib import Path

import pytest

from local.cli.errors import Impossible
from local.cli.home import Kind, Started, forget, recall, remember
from local.cli.request import PRODUCT, Request, settle
from local.platform.endpoints import Endpoints

THERE = Endpoints("k:1", "http://s:2", "key", "secret", "eu", "postgresql://d")


def _before(platform: Kind, *manifests: str) -> Started:
    return Started(platform, manifests or tuple(map(str, PRODUCT)), THERE)


def test_nothing_asked_and_nothing_before_is_the_product_on_the_embedded_platform() -> None:
    wanted = settle(Request(), None, {}, alive=False)

    assert (wanted.platform, wanted.manifests) == ("embedded", tuple(map(str, PRODUCT)))


def test_nothing_asked_is_as_before(tmp_path: Path) -> None:
    assert settle(Request(), _before("real", str(tmp_path)), {}, alive=True).manifests == (str(tmp_path),)
    assert settle(Request(), _before("real"), {}, alive=True).platform == "real"
    assert settle(Request(), _before("yours"), {}, alive=True).platform == THERE


def test_another_platform_while_one_is_up_is_impossible() -> None:
    with pytest.raises(Impossible, match="pagebus down"):
        settle(Request(platform="embedded"), _before("real"), {}, alive=True)


def test_another_platform_after_all_has_ended_is_taken() -> None:
    assert settle(Request(platform="embedded"), _before("real"), {}, alive=False).platform == "embedded"


def test_other_manifests_while_some_are_up_are_impossible(tmp_path: Path) -> None:
    with pytest.raises(Impossible, match="manifests"):
        settle(Request(manifests=(tmp_path,)), _before("embedded"), {}, alive=True)


def test_a_file_among_the_manifests_is_called_one(tmp_path: Path) -> None:
    file = tmp_path / "hello.yaml"
    file.touch()

    with pytest.raises(Impossible, match=r"is a file; name its folder"):
        settle(Request(manifests=(file,)), None, {}, alive=False)


def test_a_store_of_ones_own_needs_keys_from_the_environment() -> None:
    asked = Request(kafka="k:1", s3="http://s:2", database="postgresql://d")

    with pytest.raises(Impossible, match="AWS_ACCESS_KEY_ID"):
        settle(asked, None, {"AWS_SECRET_ACCESS_KEY": "s"}, alive=False)


def test_what_was_started_is_remembered_for_nobody_else_to_read_and_forgotten(tmp_path: Path) -> None:
    assert recall(tmp_path) is None
    remember(tmp_path, _before("real"))

    assert recall(tmp_path) == _before("real")
    assert (tmp_path / "up.json").stat().st_mode & 0o077 == 0
    forget(tmp_path)
    assert recall(tmp_path) is None
