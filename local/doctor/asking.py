"""Asking a function's own Python what only that can tell, in a process of its own: it may crash, hang or print."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local.doctor.functions import Function

PATIENCE_S = 30.0
_INSIDE = Path(__file__).with_name("inside.py")


class NoAnswer(Exception):  # noqa: N818  # it names how the asking ended
    """The text says how it ended."""


def of(function: Function, question: str, patience: float = PATIENCE_S) -> dict[str, Any]:
    """The answer to a question about the function's package, given where it would run. Raises NoAnswer."""
    asked = [function.python, str(_INSIDE), question, function.package]
    return _answer(asked, function.environment, function.folder, patience)


def here(question: str) -> dict[str, Any]:
    """This Python's answer. Raises NoAnswer."""
    return _answer([sys.executable, str(_INSIDE), question], os.environ, Path.cwd(), PATIENCE_S)


def _answer(command: Sequence[str], environment: Mapping[str, str], folder: Path, patience: float) -> dict[str, Any]:
    try:
        done = subprocess.run(
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NoAnswer(f"gave no answer within {patience:.0f} s") from error
    except OSError as error:
        raise NoAnswer(f"{command[0]} cannot be run in {folder}: {error.strerror}") from error
    if done.returncode < 0:
        raise NoAnswer(f"was ended by signal {-done.returncode}")
    if done.returncode:
        raise NoAnswer(_last_line(done.stderr) or f"ended with status {done.returncode}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _last_line(said: str) -> str:
    return next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "")
