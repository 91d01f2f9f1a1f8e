"""A job in its own process, forked by the zygote: it confines itself, runs the task, writes the answer and ends."""

import importlib
import json
import os
from collections.abc import Callable
from typing import BinaryIO, NoReturn

from pydantic import BaseModel

from functions.runtime.sandbox import limits, protocol, seccomp
from functions.runtime.sandbox.problem import DocumentProblem

#: Takes the request as JSON and the document. Returns the answer and binary output, for example an image.
Task = Callable[[bytes, BinaryIO], tuple[BaseModel, bytes]]

#: File descriptors of the document and the socket in every job.
_DOCUMENT_FD, _SOCKET_FD = 3, 4


def load_task(name: str) -> Task:
    """Import a task by its name, "package.module:function"."""
    module, _, function = name.partition(":")
    task: Task = getattr(importlib.import_module(module), function)
    return task


class Confinement:
    """Limits and seccomp filter of jobs. The zygote creates it once: building the filter takes longer than a job."""

    def __init__(self, job_limits: limits.JobLimits) -> None:
        self._limits = job_limits
        self._rules = seccomp.build_filter()
        self._zygote_pid = os.getpid()

    def enter(self) -> None:
        """Confine this process until it ends. Afterwards it can only compute and use its open files."""
        seccomp.kill_with_parent(self._zygote_pid)
        limits.prefer_oom_kill()
        limits.apply_limits(self._limits)
        seccomp.enforce_filter(self._rules)


def run_job(task: Task, confinement: Confinement, document_fd: int, socket_fd: int) -> NoReturn:
    """Run the task on the document and write its answer to the socket. End the process, even after an exception."""
    try:
        _close_other_files(document_fd, socket_fd)
        document, request_stream, answer_stream = (
            os.fdopen(_DOCUMENT_FD, "rb"),
            os.fdopen(os.dup(_SOCKET_FD), "rb"),
            os.fdopen(_SOCKET_FD, "wb"),
        )
        request = protocol.read_request(request_stream)
        confinement.enter()
        protocol.write_answer(answer_stream, _run_task(task, request, document))
        answer_stream.flush()
    except MemoryError:
        os._exit(protocol.EXIT_OUT_OF_MEMORY)
    except BaseException:  # noqa: BLE001  # a job must not return into the zygote's loop
        os._exit(1)
    os._exit(0)


def _close_other_files(document: int, socket: int) -> None:
    """Close all descriptors except the standard streams and these two, and give these two fixed numbers.

    All standard streams become /dev/null, which is the zygote's standard output. Its standard input is the control
    socket, from which a job must not read. Its standard error is the function's log, to which a job must not write.
    """
    os.dup2(1, 0)
    os.dup2(1, 2)
    document, socket = os.dup(document), os.dup(socket)
    # The first copies have higher numbers. Otherwise the first descriptor could replace the second one.
    spare = max(document, socket) + 1
    os.dup2(document, spare)
    os.dup2(socket, spare + 1)
    os.dup2(spare, _DOCUMENT_FD)
    os.dup2(spare + 1, _SOCKET_FD)
    os.closerange(_SOCKET_FD + 1, os.sysconf("SC_OPEN_MAX"))


def _run_task(task: Task, request: bytes, document: BinaryIO) -> protocol.JobAnswer:
    try:
        result, blob = task(request, document)
    except DocumentProblem as problem:
        return _create_problem_answer(problem.reason, problem.message)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  # parsers raise any exception; only its type is safe to show
        message = f"The reader crashed while it opened the document: {type(error).__name__}."
        return _create_problem_answer("crashed", message)
    return protocol.JobAnswer(is_problem=False, json=result.model_dump_json().encode(), blob=blob)


def _create_problem_answer(reason: str, message: str) -> protocol.JobAnswer:
    return protocol.JobAnswer(is_problem=True, json=json.dumps([reason, message]).encode(), blob=b"")
