"""Classify errors of a model's device: out of memory, or device lost. Torch is not imported: class names suffice."""

import os
import sys

from functions.runtime.log import get_logger
from functions.runtime.watchdog import STALLED_EXIT_CODE

log = get_logger()

#: Parts of messages about too little memory, from the CPU allocator, drivers and libraries. Torch has no class for
#: these errors.
_OUT_OF_MEMORY_MESSAGES = (
    "can't allocate memory",
    "out of memory",
    "not enough memory",
    "_alloc_failed",  # of cuBLAS, cuDNN, cuSOLVER
    "cublas_status_not_initialized",  # cuBLAS allocates its own memory in addition to torch's
)


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether the device had too little memory, so that a smaller batch may succeed."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(part in str(error).lower() for part in _OUT_OF_MEMORY_MESSAGES)


def is_device_lost(error: BaseException) -> bool:
    """Return whether all later passes would fail too. A CUDA context is unusable after an AcceleratorError."""
    return type(error).__name__ == "AcceleratorError" and not is_out_of_memory(error)


def exit_process(error: BaseException) -> None:
    """Exit the process, so that gunicorn starts another one with a working device.

    The source delivers the interrupted page requests again.
    """
    log.error("device.lost", error=type(error).__name__)
    sys.stdout.flush()
    os._exit(STALLED_EXIT_CODE)


def clear_tracebacks(error: BaseException) -> BaseException:
    """Return the error without its tracebacks and those of its causes, because their frames keep tensors alive."""
    chain = [error]
    for link in chain:
        link.__traceback__ = None
        chain += [cause for cause in (link.__cause__, link.__context__) if cause and cause not in chain]
    return error
