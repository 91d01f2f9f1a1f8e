"""Messages on a job's socket: the request, the job's answer, and then the zygote's report on how the job ended.

A malicious document may take over a job and write anything. The zygote writes its report after the job has ended, so
the last bytes always come from the zygote.
"""

import os
import signal
import struct
from dataclasses import dataclass
from typing import BinaryIO

from functions.runtime.sandbox.problem import DocumentProblem

_LENGTH = struct.Struct(">I")
_ANSWER = struct.Struct(">?QQ")
_EXIT = struct.Struct(">4si?")
_EXIT_MARK = b"DONE"

#: The zygote sends this when it is ready for jobs.
READY = b"ready"

#: Exit code of a job that has too little memory to write an answer.
EXIT_OUT_OF_MEMORY = 77


@dataclass(frozen=True)
class JobExit:
    """The end of a job's process: its wait status, and whether the zygote killed it because its wall time was over."""

    status: int
    has_timed_out: bool

    def pack(self) -> bytes:
        return _EXIT.pack(_EXIT_MARK, self.status, self.has_timed_out)

    def to_problem(self) -> DocumentProblem | None:
        """Return the problem to report for the document, or None if the process ended normally."""
        code = os.waitstatus_to_exitcode(self.status)
        if self.has_timed_out or code == -signal.SIGXCPU:
            return DocumentProblem("took_too_long", "Opening the document took too long.")
        # The zygote sends SIGKILL only after a timeout. So the kernel has sent it, because memory was short.
        if code in (EXIT_OUT_OF_MEMORY, -signal.SIGKILL):
            return DocumentProblem("too_much_memory", "Opening the document took too much memory.")
        return make_crash_problem() if code else None


@dataclass(frozen=True)
class JobAnswer:
    """The answer of a job: its result or problem as JSON, and binary output (`blob`), for example an image."""

    is_problem: bool
    json: bytes
    blob: bytes


def make_crash_problem() -> DocumentProblem:
    return DocumentProblem("crashed", "The reader crashed while it opened the document.")


def pack_request(request: bytes) -> bytes:
    return _LENGTH.pack(len(request)) + request


def read_request(stream: BinaryIO) -> bytes:
    (length,) = _LENGTH.unpack(stream.read(_LENGTH.size))
    return stream.read(length)


def write_answer(stream: BinaryIO, answer: JobAnswer) -> None:
    stream.write(_ANSWER.pack(answer.is_problem, len(answer.json), len(answer.blob)))
    stream.write(answer.json)
    stream.write(answer.blob)


def split_exit(message: memoryview) -> tuple[memoryview, JobExit] | None:
    """Split a message into the job's bytes and the zygote's report. Return None if there is no report."""
    if len(message) < _EXIT.size:
        return None
    mark, status, has_timed_out = _EXIT.unpack(message[-_EXIT.size :])
    return (message[: -_EXIT.size], JobExit(status, has_timed_out)) if mark == _EXIT_MARK else None


def unpack_answer(message: memoryview) -> JobAnswer:
    """Return the answer in a job's bytes. Raise DocumentProblem if the bytes have another form."""
    if len(message) < _ANSWER.size:
        raise make_crash_problem()
    is_problem, json_length, blob_length = _ANSWER.unpack(message[: _ANSWER.size])
    body = message[_ANSWER.size :]
    if len(body) != json_length + blob_length:
        raise make_crash_problem()
    return JobAnswer(is_problem, bytes(body[:json_length]), bytes(body[json_length:]))
