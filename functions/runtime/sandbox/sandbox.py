"""Running tasks on documents in disposable processes: milliseconds each, several at once, from any thread."""

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

import structlog
from pydantic import BaseModel, TypeAdapter, ValidationError

from functions.runtime.errors import Unavailable
from functions.runtime.sandbox import wire
from functions.runtime.sandbox.limits import Limits
from functions.runtime.sandbox.problem import DocumentProblem
from functions.runtime.telemetry.spans import span

A = TypeVar("A", bound=BaseModel)

_CHUNK = 1024 * 1024
_MESSAGE_CHARACTERS = 300
#: The zygote ends late jobs itself. Whoever waits longer than this has lost the zygote.
_GRACE_SECONDS = 5.0
_NEEDS = "It needs Linux with seccomp, and libseccomp (Debian: apt-get install libseccomp2)."
_problem = TypeAdapter(tuple[str, str])
log = structlog.get_logger()


class SandboxUnusable(RuntimeError):  # noqa: N818  # it names the state of this machine
    """This machine cannot confine a process, so no document may be opened on it."""


class Sandbox:
    """Runs the named tasks ("package.module:function", see job.Task). Its zygote starts beside what comes next."""

    def __init__(self, tasks: Sequence[str], limits: Limits) -> None:
        self._limits = limits
        self._arguments = json.dumps([list(tasks), asdict(limits)])
        self._lock = threading.Lock()
        self._zygote, self._control = _start(self._arguments)
        self._is_proven = False

    def prove(self) -> None:
        """Wait until jobs can be run. Raises SandboxUnusable: then no document may be opened here."""
        with self._lock:
            self._prove()

    def run(self, task: str, request: BaseModel, document: Path, answer: type[A]) -> tuple[A, bytes]:
        """Do one task on one document. Raises DocumentProblem; Unavailable when the zygote died under the job."""
        ours, theirs = socket.socketpair()
        # As the task is called: "render" of a page, "inspect" of a document.
        with span(task.rpartition(":")[2]), ours:
            with theirs, document.open("rb") as opened:
                self._send(task, opened.fileno(), theirs.fileno())
            ours.settimeout(self._limits.wall_seconds + _GRACE_SECONDS)
            said = self._listen(ours, wire.pack_request(request.model_dump_json().encode()))
        return _understood(said, answer)

    def close(self) -> None:
        """End the zygote, and with it every job."""
        with self._lock:
            _end(self._zygote, self._control)

    def _send(self, task: str, document: int, answers: int) -> None:
        with self._lock:
            if self._zygote.poll() is not None:
                log.warning("sandbox.zygote_replaced", exit_code=self._zygote.returncode)
                _end(self._zygote, self._control)
                self._zygote, self._control = _start(self._arguments)
                self._is_proven = False
            self._prove()
            try:
                socket.send_fds(self._control, [task.encode()], [document, answers])
            except OSError as error:
                raise Unavailable("the sandbox's zygote died") from error

    def _prove(self) -> None:
        if self._is_proven:
            return
        try:
            self._is_proven = self._control.recv(len(wire.READY)) == wire.READY
        except ConnectionError:
            self._is_proven = False
        if not self._is_proven:
            _end(self._zygote, self._control)
            raise SandboxUnusable(f"The sandbox did not start, as said above. {_NEEDS}")

    def _listen(self, job: socket.socket, request: bytes) -> wire.Answer:
        try:
            job.sendall(request)
            said = _read_to_end(job, self._limits.answer_bytes)
        except TimeoutError as error:
            self._zygote.kill()
            raise Unavailable("the sandbox's zygote is stuck") from error
        except ConnectionError as error:
            raise Unavailable("the sandbox's zygote died") from error
        ended = wire.split(said)
        if ended is None:
            raise Unavailable("the sandbox's zygote died")
        answered, verdict = ended
        if problem := verdict.problem():
            raise problem
        return wire.unpack_answer(answered)


def _start(arguments: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        zygote = subprocess.Popen(
            [sys.executable, "-m", "functions.runtime.sandbox.zygote", arguments],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,
        )
    return zygote, control


def _environment() -> dict[str, str]:
    """What an interpreter needs to find our modules, and nothing of the function's own environment."""
    return {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def _end(zygote: subprocess.Popen[bytes], control: socket.socket) -> None:
    control.close()
    zygote.kill()
    zygote.wait()


def _read_to_end(job: socket.socket, limit: int) -> memoryview:
    said = bytearray()
    while chunk := job.recv(_CHUNK):
        said += chunk
        if len(said) > limit:
            raise DocumentProblem("too_much_memory", f"Opening the document gave more than {limit} bytes.")
    return memoryview(said)


def _understood(said: wire.Answer, answer: type[A]) -> tuple[A, bytes]:
    """The job may have been taken over by its document, so nothing that it says is believed."""
    try:
        if said.is_problem:
            reason, message = _problem.validate_json(said.json)
            printable = "".join(filter(str.isprintable, message))
            raise DocumentProblem(reason, printable[:_MESSAGE_CHARACTERS])
        return answer.model_validate_json(said.json), said.blob
    except ValidationError as error:
        raise wire.crashed() from error
