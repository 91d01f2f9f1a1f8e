"""Tasks that attack the sandbox, as a malicious document would."""

import ctypes
import errno
import mmap
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel

from functions.runtime.sandbox.problem import DocumentProblem

_libc = ctypes.CDLL(None, use_errno=True)
_PTRACE_ATTACH = 16


class Order(BaseModel):
    """An attack and its target: a process and a file."""

    attack: str = ""
    victim: int = 0
    path: str = "/etc/hostname"


class Report(BaseModel):
    """The result of a task: "done", or the name of the error."""

    outcome: str
    pid: int = 0


def return_document(request: bytes, document: BinaryIO) -> tuple[BaseModel, bytes]:
    """Return the bytes of the document."""
    Order.model_validate_json(request)
    return Report(outcome="done", pid=os.getpid()), document.read()


def attack(request: bytes, document: BinaryIO) -> tuple[BaseModel, bytes]:
    """Try one attack and report the error of the kernel."""
    order = Order.model_validate_json(request)
    try:
        _ATTACKS[order.attack](order, document)
    except OSError as error:
        return Report(outcome=errno.errorcode[error.errno or 0]), b""
    return Report(outcome="done"), b""


def spin(_request: bytes, _document: BinaryIO) -> tuple[BaseModel, bytes]:
    while True:
        pass


def sleep(_request: bytes, _document: BinaryIO) -> tuple[BaseModel, bytes]:
    while True:
        time.sleep(1)


def use_all_memory(_request: bytes, _document: BinaryIO) -> tuple[BaseModel, bytes]:
    blocks = []
    while True:
        blocks.append(bytearray(b"x" * 1024 * 1024))


def write_endlessly(_request: bytes, _document: BinaryIO) -> tuple[BaseModel, bytes]:
    while True:
        os.write(4, bytes(1024 * 1024))


def read_null_pointer(_request: bytes, _document: BinaryIO) -> tuple[BaseModel, bytes]:
    ctypes.string_at(0)
    raise AssertionError("reading address 0 ends a process")


def abort(_request: bytes, _document: BinaryIO) -> tuple[BaseModel, bytes]:
    os.abort()


def raise_key_error(_request: bytes, _document: BinaryIO) -> tuple[BaseModel, bytes]:
    raise KeyError("a secret of the document")


def report_problem(_request: bytes, _document: BinaryIO) -> tuple[BaseModel, bytes]:
    raise DocumentProblem("damaged_pdf", "not\x1b[31m a PDF" + "!" * 1000)


def forge_answer(_request: bytes, _document: BinaryIO) -> tuple[BaseModel, bytes]:
    """Write an invalid answer with a forged report of a normal end."""
    os.write(4, b"no answer at all" + b"DONE" + bytes(5))
    os._exit(0)


def return_other_type(_request: bytes, _document: BinaryIO) -> tuple[BaseModel, bytes]:
    return Order(), b""


def look_around(_request: bytes, _document: BinaryIO) -> tuple[BaseModel, bytes]:
    """Report the environment variables of the job, its open descriptors, and which of these are /dev/null."""
    opened, null = [], []
    for descriptor in range(32):
        try:
            status = os.fstat(descriptor)
        except OSError:
            continue
        opened.append(descriptor)
        null += [descriptor] if status.st_rdev == os.makedev(1, 3) else []
    return Report(outcome=f"{sorted(os.environ)} null {null} open {opened}"), b""


def _raise_if_negative(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")


def _write_document(_order: Order, document: BinaryIO) -> None:
    os.write(document.fileno(), b"changed")


def _map_writable(_order: Order, document: BinaryIO) -> None:
    mmap.mmap(document.fileno(), 4, mmap.MAP_SHARED, mmap.PROT_WRITE)


def _raise_limit(_order: Order, _document: BinaryIO) -> None:
    try:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except ValueError as error:  # Python raises ValueError for EPERM here
        raise PermissionError(errno.EPERM, "refused") from error


def _read_other_memory(order: Order, _document: BinaryIO) -> None:
    _raise_if_negative(_libc.process_vm_readv(order.victim, None, 0, None, 0, 0))


_NUMBERS = {
    "x86_64": {"clone": 56, "clone3": 435, "io_uring_setup": 425, "memfd_create": 319},
    "aarch64": {"clone": 220, "clone3": 435, "io_uring_setup": 425, "memfd_create": 279},
}[os.uname().machine]

_ATTACKS: dict[str, Callable[[Order, BinaryIO], object]] = {
    "connect": lambda _o, _d: socket.socket(socket.AF_INET),
    "unix_socket": lambda _o, _d: socket.socket(socket.AF_UNIX),
    "socketpair": lambda _o, _d: socket.socketpair(),
    "execute": lambda _o, _d: os.execv(sys.executable, [sys.executable, "-c", ""]),  # noqa: S606  # the call must fail
    "open": lambda order, _d: os.open(order.path, os.O_RDONLY),
    "create": lambda order, _d: os.open(order.path, os.O_WRONLY | os.O_CREAT, 0o600),
    "reopen_document": lambda _o, document: os.open(f"/proc/self/fd/{document.fileno()}", os.O_RDWR),
    "environment_of_the_function": lambda order, _d: Path(f"/proc/{order.victim}/environ").read_bytes(),
    "stat": lambda order, _d: Path(order.path).stat(),
    "list_folder": lambda _o, _d: list(Path("/").iterdir()),
    "remove": lambda order, _d: Path(order.path).unlink(),
    "fork": lambda _o, _d: os.fork(),
    "vfork": lambda _o, _d: _raise_if_negative(_libc.syscall(_NUMBERS["clone"], 0x4100 | signal.SIGCHLD, 0, 0, 0, 0)),
    "kill": lambda order, _d: os.kill(order.victim, signal.SIGKILL),
    "ptrace": lambda order, _d: _raise_if_negative(_libc.ptrace(_PTRACE_ATTACH, order.victim, None, None)),
    "read_memory_of_the_function": _read_other_memory,
    "pidfd": lambda order, _d: os.pidfd_open(order.victim),
    "io_uring": lambda _o, _d: _raise_if_negative(_libc.syscall(_NUMBERS["io_uring_setup"], 1, 0)),
    "memfd": lambda _o, _d: _raise_if_negative(_libc.syscall(_NUMBERS["memfd_create"], b"x", 0)),
    "raise_own_limits": _raise_limit,
    "survive_the_parent": lambda _o, _d: _raise_if_negative(_libc.prctl(1, 0, 0, 0, 0)),
    "new_namespace": lambda _o, _d: _raise_if_negative(_libc.unshare(0x10000000)),
}
_CLONE3_ATTACK: dict[str, Callable[[Order, BinaryIO], object]] = {
    "clone3": lambda _o, _d: _raise_if_negative(_libc.syscall(_NUMBERS["clone3"], bytes(88), 88)),
}
_DESCRIPTOR_ATTACKS: dict[str, Callable[[Order, BinaryIO], object]] = {
    "write_document": _write_document,
    "map_document_writable": _map_writable,
}
REFUSED_BY_FILTER = tuple(_ATTACKS)
REFUSED_BY_DESCRIPTOR = tuple(_DESCRIPTOR_ATTACKS)
_ATTACKS.update(_DESCRIPTOR_ATTACKS)
_ATTACKS.update(_CLONE3_ATTACK)
