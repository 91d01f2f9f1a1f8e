"""Files of control groups. End-to-end tests check their effect if the machine allows control groups."""

import os
import shutil
from pathlib import Path

import pytest

from local.twin.services.cgroup import CgroupGuard, create_enforcer, list_enclosing_groups
from local.twin.services.limits import Limits

_OTHER = "25 20 0:22 / /proc rw,nosuid - proc proc rw\n33 31 0:30 / {0}/memory rw - cgroup cgroup rw,memory\n"


@pytest.fixture
def emulated_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001  # which is made as any folder
    """Emulate the kernel: a new folder has the files of a group, and is removed with them."""
    mkdir = Path.mkdir

    def make_group(folder: Path, *, exist_ok: bool = False) -> None:
        mkdir(folder, exist_ok=exist_ok)
        for name in ("cgroup.procs", "cgroup.subtree_control"):
            (folder / name).touch()

    monkeypatch.setattr(Path, "mkdir", make_group)
    monkeypatch.setattr(Path, "rmdir", shutil.rmtree)


def write_proc(folder: Path, own: str, mounts: str) -> Path:
    os.makedirs(folder / "self")  # noqa: PTH103  # what pathlib makes may be groups here
    (folder / "self" / "cgroup").write_text(f"4:memory:/elsewhere\n{own}")
    (folder / "self" / "mountinfo").write_text(mounts)
    return folder


def test_own_group_comes_before_its_ancestors(tmp_path: Path) -> None:
    mounts = _OTHER.format("/sys") + "41 31 0:38 / /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw\n"
    found = list_enclosing_groups(write_proc(tmp_path, "0::/user.slice/a.scope\n", mounts))
    root = Path("/sys/fs/cgroup")
    assert list(found) == [root / "user.slice" / "a.scope", root / "user.slice", root]


def test_partial_mount_shows_only_its_groups(tmp_path: Path) -> None:
    mounts = "41 31 0:38 /pod /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
    assert list(list_enclosing_groups(write_proc(tmp_path / "in", "0::/pod/one\n", mounts))) == [
        Path("/sys/fs/cgroup/one"),
        Path("/sys/fs/cgroup"),
    ]
    assert list(list_enclosing_groups(write_proc(tmp_path / "out", "0::/other\n", mounts))) == []


@pytest.mark.parametrize("own", ["", "0::/\n"])
def test_no_enforcer_if_groups_cannot_be_created(tmp_path: Path, own: str) -> None:
    mount = tmp_path / "mount"
    mount.mkdir()
    mounts = _OTHER.format(mount) + f"41 31 0:38 / {mount} rw - cgroup2 cgroup2 rw\n"
    assert create_enforcer(tmp_path / "home", write_proc(tmp_path / "proc", own, mounts)) is None


@pytest.mark.usefixtures("emulated_kernel")
def test_leftover_groups_of_a_killed_twin_are_removed(tmp_path: Path) -> None:
    mount = tmp_path / "mount"
    mount.mkdir()
    where = write_proc(tmp_path / "proc", "0::/\n", f"41 31 0:38 / {mount} rw - cgroup2 cgroup2 rw\n")
    first = create_enforcer(tmp_path / "home", where)
    assert first
    assert first.folder.parent == mount
    for folder in (mount, first.folder):
        assert (folder / "cgroup.subtree_control").read_text() == "+cpu +memory"
        (folder / "cgroup.subtree_control").write_text("cpu memory pids")
    first.create_guard("echo-1", Limits())
    again = create_enforcer(tmp_path / "home", where)
    assert again == first
    assert list(first.folder.glob("*/")) == []
    other = create_enforcer(tmp_path / "another", where)
    assert other
    assert other.folder != first.folder
    first.close()
    assert not first.folder.exists()


@pytest.mark.usefixtures("emulated_kernel")
def test_group_has_the_kubelets_settings(tmp_path: Path) -> None:
    make_group = CgroupGuard(tmp_path / "echo-1", Limits(memory=512 << 20, cpu=0.5))
    written = {file.name: file.read_text() for file in (tmp_path / "echo-1").iterdir()}
    make_group.release()
    assert written == {
        "cgroup.procs": "",
        "cgroup.subtree_control": "",
        "memory.oom.group": "1",
        "memory.swap.max": "0",
        "memory.max": str(512 << 20),
        "cpu.max": "50000 100000",
    }


@pytest.mark.usefixtures("emulated_kernel")
def test_group_without_limits_has_no_settings(tmp_path: Path) -> None:
    make_group = CgroupGuard(tmp_path / "echo-1", Limits())
    assert {file.name for file in (tmp_path / "echo-1").iterdir()} == {"cgroup.procs", "cgroup.subtree_control"}
    make_group.release()
    assert not (tmp_path / "echo-1").exists()
