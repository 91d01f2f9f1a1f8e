"""Classify errors of a model's device: out of memory, or lost. Errors are recognized by name, without loading torch."""

import os
import sys

from functions.runtime.log import get_logger
from functions.runtime.watchdog import STALLED_EXIT_CODE

log = get_logger()

#: Parts of messages that torch has no error class for: errors of the CPU allocator, of drivers and of libraries.
_OUT_OF_MEMORY_MESSAGES = (
    "can't allocate memory",
    "out of memory",
    "not enough memory",
    "_alloc_failed",  # of cuBLAS, cuDNN, cuSOLVER
    "cublas_status_not_initialized",  # cuBLAS allocates memory of its own, besides torch's
)


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether fewer pages at a time may succeed."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(part in str(error).lower() for part in _OUT_OF_MEMORY_MESSAGES)


def is_device_lost(error: BaseException) -> bool:
    """Return whether all later passes would fail for every page. A CUDA context is unusable after such an error."""
    return type(error).__name__ == "AcceleratorError" and not is_out_of_memory(error)


def exit_process(error: BaseException) -> None:
    """Exit the process, so that gunicorn starts another one with a working device.

    The source delivers the interrupted page requests again.
    """
    log.error("device.lost", error=type(error).__name__)
    sys.stdout.flush()
    os._exit(STALLED_EXIT_CODE)


def clear_tracebacks(error: BaseException) -> BaseException:
    """Return the error without tracebacks, and clear those of its causes: their frames hold the tensors of a pass."""
    chain = [error]
    for linked in chain:
        linked.__traceback__ = None
        chain += [other for other in (linked.__cause__, linked.__context__) if other and other not in chain]
    return error
