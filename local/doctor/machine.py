"""Whether this machine can run Pagebus, and open strangers' documents safely."""

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

from local.doctor import asking
from local.doctor.asking import NoAnswer
from local.doctor.finding import Finding, ok, warning, wrong
from local.twin.services import cgroup

GROUP = "machine"

# pidfd_open, by which the sandbox waits for its jobs.
_OLDEST_KERNEL = (5, 3)
_GB, _MB = 1 << 30, 1 << 20
# A job on a document may take 768 MB, and the functions that read one take about as much together.
_MEMORY, _LEAST_MEMORY = 1536 * _MB, 512 * _MB
# The largest document that is read has 1 GB, and an engine keeps another of documents that it is reading.
_DISK, _LEAST_DISK = 2 * _GB, 256 * _MB
# What the sandbox's warm parent gives itself.
_OPEN_FILES = 1024
# S3 refuses requests whose date is further off.
_SKEW_S, _MOST_SKEW_S = 5.0, 900.0


def check(home: Path) -> list[Finding]:
    """All but the sandbox, which takes longer, and the clock, which takes another."""
    wanted = metadata("pagebus")["Requires-Python"]
    return [
        python(platform.python_version(), wanted),
        kernel(platform.system(), platform.release()),
        libseccomp(there=_loads("libseccomp.so.2")),
        memory(_available_memory(), len(os.sched_getaffinity(0))),
        _disk("disk for state", home),
        _disk("disk for work", Path(tempfile.gettempdir())),
        open_files(*resource.getrlimit(resource.RLIMIT_NOFILE)),
        limits(by_groups=_groups(home)),
    ]


def check_sandbox() -> list[Finding]:
    """Let the sandbox prove on this machine that it confines."""
    try:
        asking.here("sandbox")
    except NoAnswer as error:
        return [wrong(GROUP, "sandbox", f"no job is confined here: {error}", "No document is opened until that works.")]
    return [ok(GROUP, "sandbox", "confines whoever opens a document")]


def python(found: str, wanted: str) -> Finding:
    if found in SpecifierSet(wanted, prereleases=True):
        return ok(GROUP, "Python", found)
    return wrong(
        GROUP, "Python", f"{found} is not {wanted}", "Install a newer one, then `make PYTHON=python3.12 setup`."
    )


def kernel(system: str, release: str) -> Finding:
    if system != "Linux":
        return wrong(GROUP, "kernel", f"{system} is not Linux", "Run Pagebus in a Linux machine, virtual or not.")
    number = re.match(r"(\d+)\.(\d+)", release)
    if number and (int(number[1]), int(number[2])) < _OLDEST_KERNEL:
        return wrong(GROUP, "kernel", f"Linux {release} is older than 5.3", "Run a newer kernel: the sandbox needs it.")
    return ok(GROUP, "kernel", f"Linux {release}")


def libseccomp(*, there: bool) -> Finding:
    if there:
        return ok(GROUP, "libseccomp", "is there")
    return wrong(GROUP, "libseccomp", "is not there", "Install it (Debian: apt-get install libseccomp2).")


def memory(available: int, processors: int) -> Finding:
    found = f"{_size(available)} available, {processors} processor{'s' if processors > 1 else ''}"
    if available < _LEAST_MEMORY:
        return wrong(GROUP, "memory", found, "End other programs: opening one document may take 768 MB.")
    if available < _MEMORY:
        return warning(
            GROUP, "memory", found, f"Have {_size(_MEMORY)}: large pages may fail, one at a time still works."
        )
    return ok(GROUP, "memory", found)


def disk(check: str, folder: Path, free: int, *, writable: bool) -> Finding:
    if not writable:
        return wrong(GROUP, check, f"{folder} cannot be written to", "Give yourself the right, or name another folder.")
    found = f"{_size(free)} free in {folder}"
    if free < _LEAST_DISK:
        return wrong(GROUP, check, found, f"Make room: with less than {_size(_LEAST_DISK)} documents fail.")
    if free < _DISK:
        return warning(GROUP, check, found, f"Make room: large documents need {_size(_DISK)}.")
    return ok(GROUP, check, found)


def open_files(soft: int, hard: int) -> Finding:
    if hard < _OPEN_FILES:
        found = f"at most {hard} per process"
        return wrong(GROUP, "open files", found, f"Raise the hard limit to {_OPEN_FILES}: the sandbox needs so many.")
    if soft < _OPEN_FILES:
        return warning(GROUP, "open files", f"at most {soft} per process", f"`ulimit -n {_OPEN_FILES}` before `up`.")
    return ok(GROUP, "open files", f"{soft} per process")


def limits(*, by_groups: bool) -> Finding:
    """Of memory and cpu, which a Service has and a replica is held to."""
    if by_groups:
        return ok(GROUP, "limits", "the kernel holds replicas to them, by control groups")
    found = "no control groups can be made here: memory is looked at several times a second, cpu is whole cores"
    return ok(GROUP, "limits", found, "`systemd-run --user --scope pagebus up` may have the kernel do it.")


def clock(server: str, theirs: datetime, before: datetime, after: datetime) -> Finding:
    """What a server's clock said to a question that was asked `before` and answered `after`, by ours."""
    skew = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0.0)
    check = f"clock and {server}'s"
    if skew <= _SKEW_S:
        return ok(GROUP, check, "agree")
    found = f"differ by {skew:.0f} s"
    advice = "Set both by NTP: signatures, retention and measured times depend on them."
    return (warning if skew < _MOST_SKEW_S else wrong)(GROUP, check, found, advice)


def _disk(check: str, folder: Path) -> Finding:
    """Of a folder that may not be there yet: its nearest parent is."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return disk(check, there, shutil.disk_usage(there).free, writable=os.access(there, os.W_OK | os.X_OK))


def _groups(home: Path) -> bool:
    """Whether there can be any, tried under a name that no twin has."""
    if made := cgroup.groups(home / f"doctor-{os.getpid()}"):
        made.close()
    return made is not None


def _available_memory() -> int:
    """What the kernel could give, and the group that this runs in may still take."""
    left = left_of_group(Path("/sys/fs/cgroup"))
    available = int(psutil.virtual_memory().available)
    return available if left is None else max(0, min(available, left))


def left_of_group(group: Path) -> int | None:
    """None where no group limits this."""
    try:
        most, used = (int((group / f"memory.{what}").read_text()) for what in ("max", "current"))
        counted = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return None
    # The kernel takes back what it keeps of files.
    return most - used + int(counted.get("inactive_file", 0))


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _size(number: int) -> str:
    return f"{number / _GB:.1f} GB" if number >= _GB else f"{number // _MB} MB"
