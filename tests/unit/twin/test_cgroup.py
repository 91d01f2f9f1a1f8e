"""Control groups as files; what the kernel does about them, the end-to-end tests of limits see where it lets us."""

import os
import shutil
from pathlib import Path

import pytest

from local.twin.services.cgroup import Group, enclosing, groups
from local.twin.services.limits import Limits

_OTHER = "25 20 0:22 / /proc rw,nosuid - proc proc rw\n33 31 0:30 / {0}/memory rw - cgroup cgroup rw,memory\n"


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001  # which is made as any folder
    """A new folder has a group's files, and goes with them."""
    mkdir = Path.mkdir

    def made(folder: Path, *, exist_ok: bool = False) -> None:
        mkdir(folder, exist_ok=exist_ok)
        for name in ("cgroup.procs", "cgroup.subtree_control"):
            (folder / name).touch()

    monkeypatch.setattr(Path, "mkdir", made)
    monkeypatch.setattr(Path, "rmdir", shutil.rmtree)


def proc(folder: Path, own: str, mounts: str) -> Path:
    os.makedirs(folder / "self")  # noqa: PTH103  # what pathlib makes may be groups here
    (folder / "self" / "cgroup").write_text(f"4:memory:/elsewhere\n{own}")
    (folder / "self" / "mountinfo").write_text(mounts)
    return folder


def test_our_group_comes_before_those_that_it_lies_in(tmp_path: Path) -> None:
    mounts = _OTHER.format("/sys") + "41 31 0:38 / /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw\n"
    found = enclosing(proc(tmp_path, "0::/user.slice/a.scope\n", mounts))
    root = Path("/sys/fs/cgroup")
    assert list(found) == [root / "user.slice" / "a.scope", root / "user.slice", root]


def test_a_mount_that_shows_a_part_shows_its_own_groups_only(tmp_path: Path) -> None:
    mounts = "41 31 0:38 /pod /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
    assert list(enclosing(proc(tmp_path / "in", "0::/pod/one\n", mounts))) == [
        Path("/sys/fs/cgroup/one"),
        Path("/sys/fs/cgroup"),
    ]
    assert list(enclosing(proc(tmp_path / "out", "0::/other\n", mounts))) == []


@pytest.mark.parametrize("own", ["", "0::/\n"])
def test_where_no_group_can_be_made_there_is_none(tmp_path: Path, own: str) -> None:
    mount = tmp_path / "mount"
    mount.mkdir()
    mounts = _OTHER.format(mount) + f"41 31 0:38 / {mount} rw - cgroup2 cgroup2 rw\n"
    assert groups(tmp_path / "home", proc(tmp_path / "proc", own, mounts)) is None


@pytest.mark.usefixtures("kernel")
def test_groups_of_a_home_begin_without_what_a_killed_twin_left(tmp_path: Path) -> None:
    mount = tmp_path / "mount"
    mount.mkdir()
    where = proc(tmp_path / "proc", "0::/\n", f"41 31 0:38 / {mount} rw - cgroup2 cgroup2 rw\n")
    first = groups(tmp_path / "home", where)
    assert first
    assert first.folder.parent == mount
    for folder in (mount, first.folder):
        assert (folder / "cgroup.subtree_control").read_text() == "+cpu +memory"
        (folder / "cgroup.subtree_control").write_text("cpu memory pids")
    first.bind("echo-1", Limits())
    again = groups(tmp_path / "home", where)
    assert again == first
    assert list(first.folder.glob("*/")) == []
    other = groups(tmp_path / "another", where)
    assert other
    assert other.folder != first.folder
    first.close()
    assert not first.folder.exists()


@pytest.mark.usefixtures("kernel")
def test_a_group_holds_what_the_kubelet_would_write(tmp_path: Path) -> None:
    made = Group(tmp_path / "echo-1", Limits(memory=512 << 20, cpu=0.5))
    written = {file.name: file.read_text() for file in (tmp_path / "echo-1").iterdir()}
    made.forget()
    assert written == {
        "cgroup.procs": "",
        "cgroup.subtree_control": "",
        "memory.oom.group": "1",
        "memory.swap.max": "0",
        "memory.max": str(512 << 20),
        "cpu.max": "50000 100000",
    }


@pytest.mark.usefixtures("kernel")
def test_without_limits_nothing_is_limited(tmp_path: Path) -> None:
    made = Group(tmp_path / "echo-1", Limits())
    assert {file.name for file in (tmp_path / "echo-1").iterdir()} == {"cgroup.procs", "cgroup.subtree_control"}
    made.forget()
    assert not (tmp_path / "echo-1").exists()
