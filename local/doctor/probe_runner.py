"""Runs of probes with a function's own Python, in a separate process, because a probe may crash, hang or print."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local.doctor.functions import PythonFunction

PROBE_TIMEOUT_S = 30.0
_PROBE_FILE = Path(__file__).with_name("probe.py")


class ProbeError(Exception):
    """A probe that returned no result. The text is the reason, in one line."""


def run_probe(function: PythonFunction, probe: str, timeout_s: float = PROBE_TIMEOUT_S) -> dict[str, Any]:
    """Return the result of a probe of the function's package, run in the function's environment and folder.

    Raise ProbeError if the process fails or does not end within the timeout.
    """
    command = [function.python, str(_PROBE_FILE), probe, function.package]
    return _run(command, function.environment, function.folder, timeout_s)


def run_own_probe(probe: str) -> dict[str, Any]:
    """Return the result of a probe that runs with the Python of this process. Raise ProbeError like `run_probe`."""
    return _run([sys.executable, str(_PROBE_FILE), probe], os.environ, Path.cwd(), PROBE_TIMEOUT_S)


def _run(command: Sequence[str], environment: Mapping[str, str], folder: Path, timeout_s: float) -> dict[str, Any]:
    try:
        process = subprocess.run(
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ProbeError(f"the process did not answer within {timeout_s:.0f} s") from error
    except OSError as error:
        raise ProbeError(f"{command[0]} cannot be run in {folder}: {error.strerror}") from error
    if process.returncode < 0:
        raise ProbeError(f"the process was ended by signal {-process.returncode}")
    if process.returncode:
        raise ProbeError(_get_last_line(process.stderr) or f"the process ended with exit status {process.returncode}")
    result: dict[str, Any] = json.loads(process.stdout)
    return result


def _get_last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
