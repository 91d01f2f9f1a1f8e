"""How often and when a delivery is tried again, and what the dead-letter sink gets to know.

Follows eventing-kafka-broker's dispatcher: WebClientCloudEventSender and RecordDispatcherImpl.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from local.manifests.eventing import Delivery
from local.twin.http import Answer, TransportError
from local.twin.sources.records import Request

_RETRIED = frozenset({404, 408, 409, 429})
_SERVER_ERRORS = 500
_ERROR_DATA_BYTES = 1024

Send = Callable[[str, Request], Awaitable[Answer]]
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class Policy:
    """Seconds; `retries` is how many attempts follow the first."""

    retries: int
    exponential: bool
    delay: float
    timeout: float

    def pause(self, attempt: int) -> float:
        """Seconds between the failure of attempt `attempt` (from 1) and the next."""
        return self.delay * (2**attempt if self.exponential else attempt)


@dataclass(frozen=True)
class Failure:
    """Why the last attempt failed; no status where no answer came."""

    status: int | None
    body: bytes
    reason: str

    @property
    def retried(self) -> bool:
        return self.status is None or self.status >= _SERVER_ERRORS or self.status in _RETRIED


def policy(delivery: Delivery) -> Policy:
    exponential = delivery.backoff_policy != "linear"
    return Policy(delivery.retry, exponential, delivery.backoff_delay or 0.0, delivery.timeout)


async def deliver(send: Send, url: str, request: Request, policy: Policy, sleep: Sleep) -> tuple[int, Failure | None]:
    """POST until it succeeds or is given up: the number of attempts, and the last failure or None."""
    attempt = 1
    while (failure := await _attempt(send, url, request, policy.timeout)) and failure.retried:
        if attempt > policy.retries:
            break
        await sleep(policy.pause(attempt))
        attempt += 1
    return attempt, failure


async def _attempt(send: Send, url: str, request: Request, timeout: float) -> Failure | None:  # noqa: ASYNC109  # the source's own
    try:
        async with asyncio.timeout(timeout):
            answer = await send(url, request)
    except TransportError as error:
        return Failure(None, b"", str(error))
    except TimeoutError:
        return Failure(None, b"", "timeout")
    return None if answer.status // 100 == 2 else Failure(answer.status, answer.body, "answered")  # noqa: PLR2004  # 2xx


def dead_letter(request: Request, url: str, failure: Failure) -> Request:
    """The same request, saying what it met at `url`."""
    headers = [("ce-knativeerrordest", url)]
    if failure.status is not None:
        headers.append(("ce-knativeerrorcode", str(failure.status)))
    if failure.body:
        data = base64.b64encode(failure.body[:_ERROR_DATA_BYTES]).decode()
        headers.append(("ce-knativeerrordata", data))
    return request.adding(headers)
