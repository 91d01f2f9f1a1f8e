"""One job, in the process that was forked for it: bind yourself, do the task, answer, end."""

import importlib
import json
import os
from collections.abc import Callable
from typing import BinaryIO, NoReturn

from pydantic import BaseModel

from functions.runtime.sandbox import limits, seccomp, wire
from functions.runtime.sandbox.problem import DocumentProblem

#: Takes the request as JSON and the document; returns the answer, and bytes that are too many for JSON.
Task = Callable[[bytes, BinaryIO], tuple[BaseModel, bytes]]

_DOCUMENT, _SOCKET = 3, 4


def load(name: str) -> Task:
    """Find a task by its name, "package.module:function", importing its module."""
    module, _, function = name.partition(":")
    task: Task = getattr(importlib.import_module(module), function)
    return task


class Confinement:
    """What binds a job. The zygote makes it once, because building the filter takes longer than a job."""

    def __init__(self, allowance: limits.Limits) -> None:
        self._allowance = allowance
        self._rules = seccomp.prepare()
        self._zygote = os.getpid()

    def enter(self) -> None:
        """From here on, this process can compute and answer, and nothing else."""
        seccomp.die_with_parent(self._zygote)
        limits.die_first()
        limits.impose(self._allowance)
        seccomp.lock(self._rules)


def work(task: Task, confinement: Confinement, document: int, socket: int) -> NoReturn:
    """Do the task and end the process, whatever happens."""
    try:
        _keep_only(document, socket)
        opened, incoming, outgoing = (
            os.fdopen(_DOCUMENT, "rb"),
            os.fdopen(os.dup(_SOCKET), "rb"),
            os.fdopen(_SOCKET, "wb"),
        )
        request = wire.read_request(incoming)
        confinement.enter()
        wire.write_answer(outgoing, _outcome(task, request, opened))
        outgoing.flush()
    except MemoryError:
        os._exit(wire.EXIT_OUT_OF_MEMORY)
    except BaseException:  # noqa: BLE001  # a job must not return into the zygote's loop
        os._exit(1)
    os._exit(0)


def _keep_only(document: int, socket: int) -> None:
    """Leave nothing open but these two and three times /dev/null: the zygote's log is not for jobs."""
    os.dup2(1, 2)
    document, socket = os.dup(document), os.dup(socket)
    spare = max(document, socket) + 1
    os.dup2(document, spare)
    os.dup2(socket, spare + 1)
    os.dup2(spare, _DOCUMENT)
    os.dup2(spare + 1, _SOCKET)
    os.closerange(_SOCKET + 1, os.sysconf("SC_OPEN_MAX"))


def _outcome(task: Task, request: bytes, document: BinaryIO) -> wire.Answer:
    try:
        said, blob = task(request, document)
    except DocumentProblem as problem:
        return _problem(problem.reason, problem.message)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  # parsers raise anything; the type is all that is safe to tell
        return _problem("crashed", f"Opening the document ended its reader: {type(error).__name__}.")
    return wire.Answer(is_problem=False, json=said.model_dump_json().encode(), blob=blob)


def _problem(reason: str, message: str) -> wire.Answer:
    return wire.Answer(is_problem=True, json=json.dumps([reason, message]).encode(), blob=b"")
