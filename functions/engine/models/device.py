"""When the device under a model is lost: how to tell, and the end of the process that holds it."""

import os
import sys

import structlog

from functions.engine.models.memory import out_of_memory
from functions.runtime.watchdog import STUCK

log = structlog.get_logger()


def lost(error: BaseException) -> bool:
    """Whether every later pass would fail too, whatever the page: a CUDA context does not outlive such an error.

    By name: torch is not loaded to ask.
    """
    return type(error).__name__ == "AcceleratorError" and not out_of_memory(error)


def end(error: BaseException) -> None:
    """Gunicorn starts another process, with a device that works, and the source delivers again what was read here."""
    log.error("device.lost", error=type(error).__name__)
    sys.stdout.flush()
    os._exit(STUCK)
