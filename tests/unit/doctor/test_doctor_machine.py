"""The machine is judged by facts, each with what to do."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.doctor import machine
from local.doctor.finding import State
from tests.unit.doctor.doctor_facts import states

GB = 1 << 30
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("found", "state"), [("3.11.7", "ok"), ("3.13.0rc1", "ok"), ("3.10.14", "wrong")])
def test_a_python_that_is_too_old_is_wrong(found: str, state: State) -> None:
    assert machine.python(found, ">=3.11").state == state


@pytest.mark.parametrize(
    ("system", "release", "state"),
    [
        ("Linux", "6.8.0-31", "ok"),
        ("Linux", "5.3", "ok"),
        ("Linux", "4.19.0", "wrong"),
        ("Darwin", "24", "wrong"),
    ],
)
def test_only_a_linux_with_what_the_sandbox_needs_will_do(system: str, release: str, state: State) -> None:
    assert machine.kernel(system, release).state == state


def test_a_missing_libseccomp_is_named_with_its_package() -> None:
    assert machine.libseccomp(there=True).state == "ok"
    assert "apt-get install libseccomp2" in machine.libseccomp(there=False).advice


@pytest.mark.parametrize(("available", "state"), [(8 * GB, "ok"), (GB, "warning"), (GB // 4, "wrong")])
def test_memory_is_measured_by_what_a_document_may_take(available: int, state: State) -> None:
    assert machine.memory(available, 2).state == state


@pytest.mark.parametrize(("free", "state"), [(8 * GB, "ok"), (GB, "warning"), (GB // 8, "wrong")])
def test_a_disk_is_measured_by_the_largest_document(free: int, state: State) -> None:
    found = machine.disk("disk for state", Path("/var/pagebus"), free, writable=True)

    assert found.state == state
    assert "/var/pagebus" in found.found


def test_a_folder_that_cannot_be_written_to_is_wrong_however_large() -> None:
    assert machine.disk("disk for state", Path("/var/pagebus"), 8 * GB, writable=False).state == "wrong"


@pytest.mark.parametrize(
    ("soft", "hard", "state"), [(20_000, 20_000, "ok"), (256, 4096, "warning"), (256, 256, "wrong")]
)
def test_few_open_files_can_be_raised_up_to_the_hard_limit(soft: int, hard: int, state: State) -> None:
    assert machine.open_files(soft, hard).state == state


@pytest.mark.parametrize(("skew", "state"), [(0, "ok"), (4, "ok"), (-60, "warning"), (3600, "wrong")])
def test_a_server_s_clock_may_differ_by_what_asking_took(skew: float, state: State) -> None:
    theirs = NOW + timedelta(seconds=skew)

    assert machine.clock("S3", theirs, NOW, NOW + timedelta(seconds=1)).state == state


def test_an_answer_that_took_long_is_no_other_time() -> None:
    assert machine.clock("S3", NOW + timedelta(seconds=30), NOW, NOW + timedelta(seconds=60)).found == "agree"


def test_a_group_s_memory_counts_without_what_the_kernel_can_take_back(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("800\n")
    (tmp_path / "memory.stat").write_text("anon 500\ninactive_file 300\n")

    assert machine.left_of_group(tmp_path) == 500


@pytest.mark.parametrize("limit", ["max\n", None])
def test_a_group_without_a_limit_has_none(tmp_path: Path, limit: str | None) -> None:
    if limit:
        for what in ("max", "current", "stat"):
            (tmp_path / f"memory.{what}").write_text(limit)

    assert machine.left_of_group(tmp_path) is None


def test_this_machine_which_runs_these_tests_will_do(tmp_path: Path) -> None:
    found = states([*machine.check(tmp_path / "a home that is not there yet"), *machine.check_sandbox()])

    assert {found[check] for check in ("Python", "kernel", "libseccomp", "sandbox")} == {"ok"}
    assert {"memory", "disk for state", "disk for work", "open files"} < found.keys()


def test_who_holds_replicas_to_their_limits_is_told() -> None:
    assert machine.limits(by_groups=True).found == "the kernel holds replicas to them, by control groups"
    assert "systemd-run" in machine.limits(by_groups=False).advice
