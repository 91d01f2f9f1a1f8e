"""The warm process that jobs are forked from: python -m functions.runtime.sandbox.zygote.

It has one thread, no secrets in its environment and never looks at a document. Its standard input is the socket where
each job arrives as its task's name with two descriptors, the document and the job's socket; it ends when that closes.
"""

import codecs
import errno
import gc
import json
import os
import resource
import selectors
import signal
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

from functions.runtime.sandbox import wire
from functions.runtime.sandbox.job import Confinement, Task, load, work
from functions.runtime.sandbox.limits import Limits

_NAME_BYTES = 1024
#: Every job closes what it inherits, so there must not be a million of them.
_OPEN_FILES = 1024
#: Python loads these when they are first used, and a job can load nothing.
_CODECS = ("ascii", "cp1252", "latin-1", "utf-8", "utf-16", "utf-16-be", "utf-16-le", "utf-32-le")


@dataclass
class _Running:
    """A job that has been forked and not yet been buried."""

    pid: int
    answers: socket.socket
    deadline: float
    late: bool = False

    def kill(self) -> None:
        self.late, self.deadline = True, float("inf")
        os.kill(self.pid, signal.SIGKILL)


class Zygote:
    """Forks a process per job, ends it when it is late, and says how it ended."""

    def __init__(self, control: socket.socket, tasks: Mapping[str, Task], allowance: Limits) -> None:
        self._control = control
        self._tasks = tasks
        self._confinement = Confinement(allowance)
        self._wall_seconds = allowance.wall_seconds
        self._running: dict[int, _Running] = {}

    def prove(self) -> None:
        """Refuse to work on a machine where a job could open files. Raises OSError."""
        pid = os.fork()
        if not pid:
            os._exit(_try_the_lock(self._confinement))
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if code:
            raise OSError(code, "the kernel does not confine a process by seccomp here")

    def serve(self) -> None:
        """Until the function closes its end."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select(self._next_deadline()):
                    if key.fileobj is not self._control:
                        self._bury(selector, key.fd)
                    elif not self._accept(selector):
                        return
                self._end_the_late()

    def _accept(self, selector: selectors.BaseSelector) -> bool:
        name, descriptors, _, _ = socket.recv_fds(self._control, _NAME_BYTES, 2)
        if not name:
            return False
        document, answers = descriptors
        pid = os.fork()
        if not pid:
            work(self._tasks[name.decode()], self._confinement, document, answers)
        os.close(document)
        pidfd = os.pidfd_open(pid)
        self._running[pidfd] = _Running(pid, socket.socket(fileno=answers), time.monotonic() + self._wall_seconds)
        selector.register(pidfd, selectors.EVENT_READ)
        return True

    def _bury(self, selector: selectors.BaseSelector, pidfd: int) -> None:
        selector.unregister(pidfd)
        os.close(pidfd)
        job = self._running.pop(pidfd)
        _, status = os.waitpid(job.pid, 0)
        with job.answers:
            try:
                job.answers.sendall(wire.Verdict(status, job.late).pack())
            except OSError as error:  # the caller has stopped listening
                if error.errno not in (errno.EPIPE, errno.ECONNRESET):
                    raise

    def _next_deadline(self) -> float | None:
        soonest = min((job.deadline for job in self._running.values()), default=float("inf"))
        return None if soonest == float("inf") else max(0.0, soonest - time.monotonic())

    def _end_the_late(self) -> None:
        now = time.monotonic()
        for job in self._running.values():
            if job.deadline <= now:
                job.kill()


def _try_the_lock(confinement: Confinement) -> int:
    confinement.enter()
    try:
        os.open("/", os.O_RDONLY)
    except PermissionError:
        return 0
    return errno.ENOSYS


def main() -> None:
    """Arguments: the names of the tasks and the limits, as JSON."""
    names, allowance = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    with socket.socket(fileno=sys.stdin.fileno()) as control:
        zygote = Zygote(control, {name: load(name) for name in names}, Limits(**allowance))
        zygote.prove()
        for name in _CODECS:
            codecs.lookup(name)
        # What is there now is shared with every job, and stays shared if no collection touches it.
        gc.collect()
        gc.freeze()
        control.send(wire.READY)
        zygote.serve()


if __name__ == "__main__":
    main()
