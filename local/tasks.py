"""Tasks that run beside everything else, and are heard when they fail."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger()


def beside(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    """A running task; should it ever fail, the log says so at once."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_heard)
    return task


def _heard(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("task.failed", task=task.get_name(), exc_info=error)
