"""Findings about this machine."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.doctor import machine
from local.doctor.finding import State
from tests.unit.doctor.doctor_examples import get_states

GB = 1 << 30
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("version", "state"), [("3.11.7", "ok"), ("3.13.0rc1", "ok"), ("3.10.14", "wrong")])
def test_old_python_is_wrong(version: str, state: State) -> None:
    assert machine.check_python(version, ">=3.11").state == state


@pytest.mark.parametrize(
    ("system", "release", "state"),
    [
        ("Linux", "6.8.0-31", "ok"),
        ("Linux", "5.3", "ok"),
        ("Linux", "4.19.0", "wrong"),
        ("Darwin", "24", "wrong"),
    ],
)
def test_only_a_recent_linux_kernel_is_ok(system: str, release: str, state: State) -> None:
    assert machine.check_kernel(system, release).state == state


def test_missing_libseccomp_has_advice_to_install_it() -> None:
    assert machine.check_libseccomp(is_installed=True).state == "ok"
    assert "apt-get install libseccomp2" in machine.check_libseccomp(is_installed=False).advice


@pytest.mark.parametrize(("available", "state"), [(8 * GB, "ok"), (GB, "warning"), (GB // 4, "wrong")])
def test_memory_must_suffice_for_a_document(available: int, state: State) -> None:
    assert machine.check_memory(available, 2).state == state


@pytest.mark.parametrize(("free", "state"), [(8 * GB, "ok"), (GB, "warning"), (GB // 8, "wrong")])
def test_disk_must_suffice_for_the_largest_document(free: int, state: State) -> None:
    found = machine.check_disk("disk for state", Path("/var/pagebus"), free, is_writable=True)

    assert found.state == state
    assert "/var/pagebus" in found.found


def test_folder_that_is_not_writable_is_wrong() -> None:
    assert machine.check_disk("disk for state", Path("/var/pagebus"), 8 * GB, is_writable=False).state == "wrong"


@pytest.mark.parametrize(
    ("soft", "hard", "state"), [(20_000, 20_000, "ok"), (256, 4096, "warning"), (256, 256, "wrong")]
)
def test_low_open_files_limit_is_reported(soft: int, hard: int, state: State) -> None:
    assert machine.check_open_files(soft, hard).state == state


@pytest.mark.parametrize(("skew", "state"), [(0, "ok"), (4, "ok"), (-60, "warning"), (3600, "wrong")])
def test_clock_may_differ_by_the_request_time(skew: float, state: State) -> None:
    server_time = NOW + timedelta(seconds=skew)

    assert machine.check_clock("S3", server_time, NOW, NOW + timedelta(seconds=1)).state == state


def test_slow_answer_is_no_clock_difference() -> None:
    assert (
        machine.check_clock("S3", NOW + timedelta(seconds=30), NOW, NOW + timedelta(seconds=60)).found
        == "agrees with the clock of this machine"
    )


def test_reclaimable_memory_counts_as_available(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("800\n")
    (tmp_path / "memory.stat").write_text("anon 500\ninactive_file 300\n")

    assert machine.read_group_memory(tmp_path) == 500


@pytest.mark.parametrize("limit", ["max\n", None])
def test_group_without_a_limit_has_no_memory_bound(tmp_path: Path, limit: str | None) -> None:
    if limit:
        for name in ("max", "current", "stat"):
            (tmp_path / f"memory.{name}").write_text(limit)

    assert machine.read_group_memory(tmp_path) is None


def test_this_machine_is_ok(tmp_path: Path) -> None:
    states = get_states([*machine.check_machine(tmp_path / "missing home"), *machine.check_sandbox()])

    assert {states[check] for check in ("Python", "kernel", "libseccomp", "sandbox")} == {"ok"}
    assert {"memory", "disk for state", "disk for work", "open files"} < states.keys()


def test_enforcement_of_limits_is_reported() -> None:
    assert (
        machine.report_limits(has_cgroups=True).found
        == "the kernel enforces the limits of replicas with control groups"
    )
    assert "systemd-run" in machine.report_limits(has_cgroups=False).advice
