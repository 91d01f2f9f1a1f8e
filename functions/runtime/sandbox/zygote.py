"""Parent process of all jobs: `python -m functions.runtime.sandbox.zygote`. Its forks start within milliseconds.

It has one thread and no secrets in its environment, and it never reads a document. Its standard input is a socket. For
each job it receives the task's name with two descriptors: the document and the job's socket. It ends when its standard
input closes.
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

from functions.runtime.sandbox import protocol
from functions.runtime.sandbox.job import Confinement, Task, load_task, run_job
from functions.runtime.sandbox.limits import JobLimits

_MAX_NAME_BYTES = 1024
#: Every job closes all descriptors up to this limit, so a limit of a million would be slow.
_OPEN_FILES = 1024
#: Python loads codecs at first use, but a job cannot open files. So the zygote loads them.
_CODECS = ("ascii", "cp1252", "latin-1", "utf-8", "utf-16", "utf-16-be", "utf-16-le", "utf-32-le")


@dataclass
class _RunningJob:
    """A forked process whose end has not been reported yet. `answers` is the zygote's copy of the job's socket.

    `deadline` is a time of the monotonic clock. It is infinite after the zygote has killed the job.
    """

    pid: int
    answers: socket.socket
    deadline: float
    has_timed_out: bool = False

    def kill(self) -> None:
        self.has_timed_out, self.deadline = True, float("inf")
        os.kill(self.pid, signal.SIGKILL)


class Zygote:
    """A server that forks a process per job, kills it at its deadline, and reports how it ended."""

    def __init__(self, control: socket.socket, tasks: Mapping[str, Task], limits: JobLimits) -> None:
        self._control = control
        self._tasks = tasks
        self._confinement = Confinement(limits)
        self._wall_seconds = limits.wall_seconds
        self._running: dict[int, _RunningJob] = {}

    def check_confinement(self) -> None:
        """Raise OSError if a job could open files on this machine."""
        pid = os.fork()
        if not pid:
            os._exit(_test_confinement(self._confinement))
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if code:
            raise OSError(code, "seccomp does not confine processes on this machine")

    def serve(self) -> None:
        """Run jobs until the function closes the control socket."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select(self._get_wait_seconds()):
                    if key.fileobj is not self._control:
                        self._reap(selector, key.fd)
                    elif not self._accept(selector):
                        return
                self._kill_late_jobs()

    def _accept(self, selector: selectors.BaseSelector) -> bool:
        """Start one job. Return False if the control socket is closed."""
        task_name, descriptors, _, _ = socket.recv_fds(self._control, _MAX_NAME_BYTES, 2)
        if not task_name:
            return False
        document, answers = descriptors
        pid = os.fork()
        if not pid:
            run_job(self._tasks[task_name.decode()], self._confinement, document, answers)
        os.close(document)
        pidfd = os.pidfd_open(pid)
        self._running[pidfd] = _RunningJob(pid, socket.socket(fileno=answers), time.monotonic() + self._wall_seconds)
        selector.register(pidfd, selectors.EVENT_READ)
        return True

    def _reap(self, selector: selectors.BaseSelector, pidfd: int) -> None:
        """Wait for an ended process and report to the function how it ended."""
        selector.unregister(pidfd)
        os.close(pidfd)
        job = self._running.pop(pidfd)
        _, status = os.waitpid(job.pid, 0)
        with job.answers:
            try:
                job.answers.sendall(protocol.JobExit(status, job.has_timed_out).pack())
            except OSError as error:  # the function has closed its end of the socket
                if error.errno not in (errno.EPIPE, errno.ECONNRESET):
                    raise

    def _get_wait_seconds(self) -> float | None:
        """Return the seconds until the next deadline, or None if no job has a finite deadline."""
        soonest = min((job.deadline for job in self._running.values()), default=float("inf"))
        return None if soonest == float("inf") else max(0.0, soonest - time.monotonic())

    def _kill_late_jobs(self) -> None:
        now = time.monotonic()
        for job in self._running.values():
            if job.deadline <= now:
                job.kill()


def _test_confinement(confinement: Confinement) -> int:
    """Confine this process and try to open a file. Return 0 if that is not permitted, else an error number."""
    confinement.enter()
    try:
        os.open("/", os.O_RDONLY)
    except PermissionError:
        return 0
    return errno.ENOSYS


def main() -> None:
    """Serve jobs. The command line argument has the names of the tasks and the limits, as JSON."""
    task_names, limits = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    with socket.socket(fileno=sys.stdin.fileno()) as control:
        zygote = Zygote(control, {name: load_task(name) for name in task_names}, JobLimits(**limits))
        zygote.check_confinement()
        for name in _CODECS:
            codecs.lookup(name)
        # Jobs share all memory that exists now, until something writes to it. The garbage collector does not
        # write to frozen objects.
        gc.collect()
        gc.freeze()
        control.send(protocol.READY)
        zygote.serve()


if __name__ == "__main__":
    main()
