"""Retries of deliveries with backoff, and the request to the dead-letter sink after the last failure.

Follows eventing-kafka-broker's dispatcher: WebClientCloudEventSender and RecordDispatcherImpl.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from local.manifests.eventing import Delivery
from local.twin.http_client import HttpResponse, TransportError
from local.twin.sources.records import DeliveryRequest

_RETRIED = frozenset({404, 408, 409, 429})
_SERVER_ERRORS = 500
_ERROR_DATA_BYTES = 1024

Send = Callable[[str, DeliveryRequest], Awaitable[HttpResponse]]
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class DeliveryPolicy:
    """The retry rules of a source. Times are in seconds; `retries` is the number of attempts after the first."""

    retries: int
    exponential: bool
    delay: float
    timeout: float

    def get_pause(self, attempt: int) -> float:
        """Return the seconds between the failure of attempt `attempt` (from 1) and the next attempt."""
        return self.delay * (2**attempt if self.exponential else attempt)


@dataclass(frozen=True)
class DeliveryFailure:
    """The failure of the last attempt. `status` is None if there was no response."""

    status: int | None
    body: bytes
    reason: str

    @property
    def is_retryable(self) -> bool:
        return self.status is None or self.status >= _SERVER_ERRORS or self.status in _RETRIED


def build_policy(delivery: Delivery) -> DeliveryPolicy:
    exponential = delivery.backoff_policy != "linear"
    return DeliveryPolicy(delivery.retry, exponential, delivery.backoff_delay or 0.0, delivery.timeout)


async def deliver(
    send: Send, url: str, request: DeliveryRequest, policy: DeliveryPolicy, sleep: Sleep
) -> tuple[int, DeliveryFailure | None]:
    """POST a request until it succeeds or has no retries left.

    Return the number of attempts, and the last failure or None.
    """
    attempt = 1
    while (failure := await _attempt(send, url, request, policy.timeout)) and failure.is_retryable:
        if attempt > policy.retries:
            break
        await sleep(policy.get_pause(attempt))
        attempt += 1
    return attempt, failure


async def _attempt(send: Send, url: str, request: DeliveryRequest, timeout: float) -> DeliveryFailure | None:  # noqa: ASYNC109  # it is a setting of the source
    try:
        async with asyncio.timeout(timeout):
            answer = await send(url, request)
    except TransportError as error:
        return DeliveryFailure(None, b"", str(error))
    except TimeoutError:
        return DeliveryFailure(None, b"", "timeout")
    return None if answer.status // 100 == 2 else DeliveryFailure(answer.status, answer.body, "answered")  # noqa: PLR2004  # 2xx


def build_dead_letter(request: DeliveryRequest, url: str, failure: DeliveryFailure) -> DeliveryRequest:
    """Return the request for the dead-letter sink, with headers for the failure at `url`."""
    headers = [("ce-knativeerrordest", url)]
    if failure.status is not None:
        headers.append(("ce-knativeerrorcode", str(failure.status)))
    if failure.body:
        data = base64.b64encode(failure.body[:_ERROR_DATA_BYTES]).decode()
        headers.append(("ce-knativeerrordata", data))
    return request.with_headers(headers)
