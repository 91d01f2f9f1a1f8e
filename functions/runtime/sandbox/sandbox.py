"""Sandbox that runs tasks on documents in short-lived processes. It is thread-safe and starts a job in milliseconds."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from functions.runtime.errors import Unavailable
from functions.runtime.log import get_logger
from functions.runtime.sandbox import protocol
from functions.runtime.sandbox.limits import JobLimits
from functions.runtime.sandbox.problem import DocumentProblem
from functions.runtime.telemetry.spans import trace_span

AnswerT = TypeVar("AnswerT", bound=BaseModel)

_CHUNK_BYTES = 1024 * 1024
#: The largest number of characters in the message of a problem.
_MAX_MESSAGE_CHARACTERS = 300
#: The zygote kills a job after its wall time. If no answer comes in these additional seconds, the zygote is stalled.
_GRACE_SECONDS = 5.0
_REQUIREMENTS = "It needs Linux with seccomp, and libseccomp (Debian: apt-get install libseccomp2)."
_problem_adapter = TypeAdapter(tuple[str, str])
log = get_logger()


class SandboxUnusable(RuntimeError):  # noqa: N818  # the name states what is wrong with this machine
    """A machine that cannot confine processes, so no document may be opened on it."""


class Sandbox:
    """A runner of tasks, which are named as "package.module:function" (see job.Task).

    The constructor starts the zygote and returns before the zygote is ready.
    """

    def __init__(self, tasks: Sequence[str], limits: JobLimits) -> None:
        self._limits = limits
        self._arguments = json.dumps([list(tasks), asdict(limits)])
        self._lock = threading.Lock()
        self._zygote, self._control = _start_zygote(self._arguments)
        self._is_ready = False

    def wait_until_ready(self) -> None:
        """Wait until the sandbox can run jobs. Raise SandboxUnusable if this machine cannot confine processes."""
        with self._lock:
            self._wait_for_zygote()

    def run(self, task: str, request: BaseModel, document: Path, answer_type: type[AnswerT]) -> tuple[AnswerT, bytes]:
        """Run a task on a document and return its answer and its binary output.

        Raise DocumentProblem if the document cannot be read, and Unavailable if the zygote died or stalled during the
        job. Raise SandboxUnusable if the zygote does not start.
        """
        own_end, job_end = socket.socketpair()
        # The span has the name of the task: "render" for a page, "inspect_document" for a document.
        with trace_span(task.rpartition(":")[2]), own_end:
            with job_end, document.open("rb") as document_file:
                self._start_job(task, document_file.fileno(), job_end.fileno())
            own_end.settimeout(self._limits.wall_seconds + _GRACE_SECONDS)
            received = self._receive_answer(own_end, protocol.pack_request(request.model_dump_json().encode()))
        return _parse_answer(received, answer_type)

    def close(self) -> None:
        """End the zygote and all jobs."""
        with self._lock:
            _end_zygote(self._zygote, self._control)

    def _start_job(self, task: str, document_fd: int, socket_fd: int) -> None:
        """Send a task to the zygote, with the job's two descriptors. Replace the zygote first if it has ended."""
        with self._lock:
            if self._zygote.poll() is not None:
                log.warning("sandbox.zygote_replaced", exit_code=self._zygote.returncode)
                _end_zygote(self._zygote, self._control)
                self._zygote, self._control = _start_zygote(self._arguments)
                self._is_ready = False
            self._wait_for_zygote()
            try:
                socket.send_fds(self._control, [task.encode()], [document_fd, socket_fd])
            except OSError as error:
                raise Unavailable("the sandbox's zygote died") from error

    def _wait_for_zygote(self) -> None:
        if self._is_ready:
            return
        try:
            self._is_ready = self._control.recv(len(protocol.READY)) == protocol.READY
        except ConnectionError:
            self._is_ready = False
        if not self._is_ready:
            _end_zygote(self._zygote, self._control)
            raise SandboxUnusable(f"The sandbox did not start. The lines above have the reason. {_REQUIREMENTS}")

    def _receive_answer(self, own_end: socket.socket, request: bytes) -> protocol.JobAnswer:
        """Send the request on the function's end of the job's socket, and return the answer of the job."""
        try:
            own_end.sendall(request)
            message = _read_to_end(own_end, self._limits.answer_bytes)
        except TimeoutError as error:
            self._zygote.kill()
            raise Unavailable("the sandbox's zygote is stalled") from error
        except ConnectionError as error:
            raise Unavailable("the sandbox's zygote died") from error
        parts = protocol.split_exit(message)
        if parts is None:
            raise Unavailable("the sandbox's zygote died")
        answer, job_exit = parts
        if problem := job_exit.to_problem():
            raise problem
        return protocol.unpack_answer(answer)


def _start_zygote(arguments: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
    control, zygote_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with zygote_end:
        zygote = subprocess.Popen(
            [sys.executable, "-m", "functions.runtime.sandbox.zygote", arguments],
            stdin=zygote_end.fileno(),
            stdout=subprocess.DEVNULL,
            env=_create_environment(),
            start_new_session=True,
        )
    return zygote, control


def _create_environment() -> dict[str, str]:
    """Return the variables that Python needs to find our modules, without the function's own variables and secrets."""
    return {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def _end_zygote(zygote: subprocess.Popen[bytes], control: socket.socket) -> None:
    control.close()
    zygote.kill()
    zygote.wait()


def _read_to_end(stream: socket.socket, limit: int) -> memoryview:
    """Return all bytes until the other end is closed. Raise DocumentProblem if there are more than `limit`."""
    message = bytearray()
    while chunk := stream.recv(_CHUNK_BYTES):
        message += chunk
        if len(message) > limit:
            raise DocumentProblem("too_much_memory", f"Opening the document produced more than {limit} bytes.")
    return memoryview(message)


def _parse_answer(received: protocol.JobAnswer, answer_type: type[AnswerT]) -> tuple[AnswerT, bytes]:
    """Return the validated answer. The document may have taken over the job, so every answer is untrusted input."""
    try:
        if received.is_problem:
            reason, message = _problem_adapter.validate_json(received.json)
            printable = "".join(filter(str.isprintable, message))
            raise DocumentProblem(reason, printable[:_MAX_MESSAGE_CHARACTERS])
        return answer_type.model_validate_json(received.json), received.blob
    except ValidationError as error:
        raise protocol.make_crash_problem() from error
