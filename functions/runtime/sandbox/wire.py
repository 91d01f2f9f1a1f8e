"""What goes over a job's socket: the request in; the answer out; and behind it the zygote's word on how the job ended.

A job may write anything. The verdict is written after the job is dead, so the last bytes are always the zygote's.
"""

import os
import signal
import struct
from dataclasses import dataclass
from typing import BinaryIO

from functions.runtime.sandbox.problem import DocumentProblem

_LENGTH = struct.Struct(">I")
_ANSWER = struct.Struct(">?QQ")
_VERDICT = struct.Struct(">4si?")
_MARK = b"DONE"

#: What a zygote says when it can take jobs.
READY = b"ready"

#: How a job ends that has no memory left to say so.
EXIT_OUT_OF_MEMORY = 77


@dataclass(frozen=True)
class Verdict:
    """How a job's process ended: its wait status, and whether the zygote ended it for being late."""

    status: int
    late: bool

    def pack(self) -> bytes:
        return _VERDICT.pack(_MARK, self.status, self.late)

    def problem(self) -> DocumentProblem | None:
        """What it means for the document; None after an orderly end."""
        code = os.waitstatus_to_exitcode(self.status)
        if self.late or code == -signal.SIGXCPU:
            return DocumentProblem("took_too_long", "Opening the document took too long.")
        # Nobody but the kernel, short of memory, sends a SIGKILL of its own accord.
        if code in (EXIT_OUT_OF_MEMORY, -signal.SIGKILL):
            return DocumentProblem("too_much_memory", "Opening the document took too much memory.")
        return crashed() if code else None


@dataclass(frozen=True)
class Answer:
    """What a job said: JSON of its answer or of its problem, and bytes."""

    is_problem: bool
    json: bytes
    blob: bytes


def crashed() -> DocumentProblem:
    return DocumentProblem("crashed", "Opening the document ended its reader.")


def pack_request(request: bytes) -> bytes:
    return _LENGTH.pack(len(request)) + request


def read_request(stream: BinaryIO) -> bytes:
    (length,) = _LENGTH.unpack(stream.read(_LENGTH.size))
    return stream.read(length)


def write_answer(stream: BinaryIO, answer: Answer) -> None:
    stream.write(_ANSWER.pack(answer.is_problem, len(answer.json), len(answer.blob)))
    stream.write(answer.json)
    stream.write(answer.blob)


def split(said: memoryview) -> tuple[memoryview, Verdict] | None:
    """Part what the job said from the verdict. None when there is none, because the zygote died."""
    if len(said) < _VERDICT.size:
        return None
    mark, status, late = _VERDICT.unpack(said[-_VERDICT.size :])
    return (said[: -_VERDICT.size], Verdict(status, late)) if mark == _MARK else None


def unpack_answer(said: memoryview) -> Answer:
    """Raises DocumentProblem when the job did not answer as agreed."""
    if len(said) < _ANSWER.size:
        raise crashed()
    is_problem, json_length, blob_length = _ANSWER.unpack(said[: _ANSWER.size])
    body = said[_ANSWER.size :]
    if len(body) != json_length + blob_length:
        raise crashed()
    return Answer(is_problem, bytes(body[:json_length]), bytes(body[json_length:]))
