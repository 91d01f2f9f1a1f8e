"""Checks whether this machine can run Pagebus and confine the processes that open untrusted documents."""

import ctypes
import os
import platform
import re
import resource
import shutil
import tempfile
from datetime import datetime
from importlib.metadata import metadata
from pathlib import Path

import psutil
from packaging.specifiers import SpecifierSet

from local.doctor import probe_runner
from local.doctor.finding import Finding, report_ok, report_warning, report_wrong
from local.doctor.probe_runner import ProbeError
from local.twin.services import cgroup

GROUP = "machine"

# The sandbox waits for its jobs with pidfd_open, which Linux has since 5.3.
_MIN_KERNEL = (5, 3)
_GB, _MB = 1 << 30, 1 << 20
# A sandbox job may use 768 MB for one document. The processes of all functions together use about as much.
_RECOMMENDED_MEMORY, _MIN_MEMORY = 1536 * _MB, 512 * _MB
# The largest accepted document has 1 GB, and an engine keeps up to 1 GB of documents in its disk cache.
_RECOMMENDED_DISK, _MIN_DISK = 2 * _GB, 256 * _MB
# The parent process of the sandbox sets its limit of open files to this number, so the hard limit must allow it.
_OPEN_FILES = 1024
# S3 refuses requests with a date that differs by more than 900 s.
_TOLERATED_SKEW_S, _S3_SKEW_LIMIT_S = 5.0, 900.0


def check_machine(home: Path) -> list[Finding]:
    """Return findings about the software, memory, disks and limits of this machine.

    `check_sandbox` is separate because it is slow. `check_clock` is separate because it needs the time of a server.
    """
    return [
        check_python(platform.python_version(), metadata("pagebus")["Requires-Python"]),
        check_kernel(platform.system(), platform.release()),
        check_libseccomp(is_installed=_can_load("libseccomp.so.2")),
        check_memory(_measure_available_memory(), len(os.sched_getaffinity(0))),
        _check_folder("disk for state", home),
        _check_folder("disk for work", Path(tempfile.gettempdir())),
        check_open_files(*resource.getrlimit(resource.RLIMIT_NOFILE)),
        report_limits(has_cgroups=_can_create_cgroups(home)),
    ]


def check_sandbox() -> list[Finding]:
    """Start a sandbox on this machine, and return a finding about whether it failed."""
    try:
        probe_runner.run_own_probe("sandbox")
    except ProbeError as error:
        found = f"cannot confine a job: {error}"
        return [report_wrong(GROUP, "sandbox", found, "Correct this first: without a sandbox no document is opened.")]
    return [report_ok(GROUP, "sandbox", "confines the processes that open documents")]


def check_python(version: str, required: str) -> Finding:
    """Return a finding about the Python version. `required` is a version specifier such as `>=3.11`."""
    if version in SpecifierSet(required, prereleases=True):
        return report_ok(GROUP, "Python", version)
    advice = "Install a newer Python, then run `make PYTHON=python3.12 setup`."
    return report_wrong(GROUP, "Python", f"{version} does not satisfy {required}", advice)


def check_kernel(system: str, release: str) -> Finding:
    """Return a finding about the operating system and its kernel release, such as `6.8.0-31`."""
    if system != "Linux":
        advice = "Run Pagebus on Linux, for example in a virtual machine."
        return report_wrong(GROUP, "kernel", f"{system} is not Linux", advice)
    number = re.match(r"(\d+)\.(\d+)", release)
    if number and (int(number[1]), int(number[2])) < _MIN_KERNEL:
        advice = "Run a newer kernel: the sandbox needs it."
        return report_wrong(GROUP, "kernel", f"Linux {release} is older than 5.3", advice)
    return report_ok(GROUP, "kernel", f"Linux {release}")


def check_libseccomp(*, is_installed: bool) -> Finding:
    """Return a finding about the library by which the sandbox restricts system calls."""
    if is_installed:
        return report_ok(GROUP, "libseccomp", "is installed")
    return report_wrong(GROUP, "libseccomp", "is not installed", "Install it (Debian: apt-get install libseccomp2).")


def check_memory(available: int, processors: int) -> Finding:
    """Return a finding about the available memory in bytes. Its text also has the number of processors."""
    found = f"{_render_size(available)} available, {processors} processor{'s' if processors > 1 else ''}"
    if available < _MIN_MEMORY:
        return report_wrong(GROUP, "memory", found, "End other programs: opening one document may need 768 MB.")
    if available < _RECOMMENDED_MEMORY:
        advice = (
            f"Provide {_render_size(_RECOMMENDED_MEMORY)}. With less, large pages may fail; one page at a time works."
        )
        return report_warning(GROUP, "memory", found, advice)
    return report_ok(GROUP, "memory", found)


def check_disk(check: str, folder: Path, free: int, *, is_writable: bool) -> Finding:
    """Return a finding about a folder and the free bytes of its disk."""
    if not is_writable:
        advice = "Get write permission, or choose another folder."
        return report_wrong(GROUP, check, f"{folder} is not writable", advice)
    found = f"{_render_size(free)} free in {folder}"
    if free < _MIN_DISK:
        return report_wrong(
            GROUP, check, found, f"Free some space: with less than {_render_size(_MIN_DISK)} documents fail."
        )
    if free < _RECOMMENDED_DISK:
        return report_warning(
            GROUP, check, found, f"Free some space: large documents need {_render_size(_RECOMMENDED_DISK)}."
        )
    return report_ok(GROUP, check, found)


def check_open_files(soft: int, hard: int) -> Finding:
    """Return a finding about the soft and the hard limit of open files per process."""
    if hard < _OPEN_FILES:
        advice = f"Raise the hard limit to {_OPEN_FILES}: the sandbox needs it."
        return report_wrong(GROUP, "open files", f"at most {hard} per process", advice)
    if soft < _OPEN_FILES:
        advice = f"Run `ulimit -n {_OPEN_FILES}` before `pagebus up`."
        return report_warning(GROUP, "open files", f"at most {soft} per process", advice)
    return report_ok(GROUP, "open files", f"{soft} per process")


def report_limits(*, has_cgroups: bool) -> Finding:
    """Return a finding about how the memory and CPU limits of a Service are enforced for its replicas."""
    if has_cgroups:
        return report_ok(GROUP, "limits", "the kernel enforces the limits of replicas with control groups")
    found = (
        "control groups cannot be created: memory is measured several times a second, and CPU limits are whole cores"
    )
    advice = "To use control groups, try `systemd-run --user --scope pagebus up`."
    return report_ok(GROUP, "limits", found, advice)


def check_clock(server: str, server_time: datetime, before: datetime, after: datetime) -> Finding:
    """Return a finding about the difference between a server's clock and the clock of this machine.

    The server sent its time between `before` and `after`, which are times of the clock of this machine.
    """
    skew = max((before - server_time).total_seconds(), (server_time - after).total_seconds(), 0.0)
    check = f"clock of {server}"
    if skew <= _TOLERATED_SKEW_S:
        return report_ok(GROUP, check, "agrees with the clock of this machine")
    found = f"differs from the clock of this machine by {skew:.0f} s"
    advice = "Set both clocks with NTP: signatures, retention and measured times depend on them."
    report = report_warning if skew < _S3_SKEW_LIMIT_S else report_wrong
    return report(GROUP, check, found, advice)


def _check_folder(check: str, folder: Path) -> Finding:
    """Return a finding about a folder, or about its nearest existing parent if the folder does not exist yet."""
    existing = next(candidate for candidate in (folder, *folder.parents) if candidate.exists())
    is_writable = os.access(existing, os.W_OK | os.X_OK)
    return check_disk(check, existing, shutil.disk_usage(existing).free, is_writable=is_writable)


def _can_create_cgroups(home: Path) -> bool:
    """Return whether control groups can be created. Try this with a group name that no twin uses."""
    if enforcer := cgroup.create_enforcer(home / f"doctor-{os.getpid()}"):
        enforcer.close()
    return enforcer is not None


def _measure_available_memory() -> int:
    """Return the available memory of the machine or of this process's control group, whichever is smaller, in bytes."""
    group_memory = read_group_memory(Path("/sys/fs/cgroup"))
    available = int(psutil.virtual_memory().available)
    return available if group_memory is None else max(0, min(available, group_memory))


def read_group_memory(group: Path) -> int | None:
    """Return the bytes that are still available in a control group, or None if it has no memory limit."""
    try:
        limit, used = (int((group / f"memory.{name}").read_text()) for name in ("max", "current"))
        statistics = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return None
    # The kernel reclaims inactive file cache on demand, so it counts as available.
    return limit - used + int(statistics.get("inactive_file", 0))


def _can_load(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _render_size(size: int) -> str:
    return f"{size / _GB:.1f} GB" if size >= _GB else f"{size // _MB} MB"
