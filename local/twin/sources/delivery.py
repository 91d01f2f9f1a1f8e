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

_RETRIED_STATUSES = frozenset({404, 408, 409, 429})
_MIN_SERVER_ERROR = 500
_ERROR_DATA_BYTES = 1024

Send = Callable[[str, DeliveryRequest], Awaitable[HttpResponse]]
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class DeliveryPolicy:
    """The retry rules of a source. `delay` and `timeout` are in seconds; `retries` counts attempts after the first."""

    retries: int
    is_exponential: bool
    delay: float
    timeout: float

    def get_pause(self, attempt: int) -> float:
        """Return the seconds between the failure of attempt `attempt` (from 1) and the next attempt."""
        return self.delay * (2**attempt if self.is_exponential else attempt)


@dataclass(frozen=True)
class DeliveryFailure:
    """The failure of an attempt. `status` is None if there was no response."""

    status: int | None
    body: bytes
    reason: str

    @property
    def is_retryable(self) -> bool:
        return self.status is None or self.status >= _MIN_SERVER_ERROR or self.status in _RETRIED_STATUSES


def build_policy(delivery: Delivery) -> DeliveryPolicy:
    """Return the retry rules that the `delivery` of a source sets."""
    is_exponential = delivery.backoff_policy != "linear"
    return DeliveryPolicy(delivery.retry, is_exponential, delivery.backoff_delay or 0.0, delivery.timeout)


async def deliver(
    send: Send, url: str, request: DeliveryRequest, policy: DeliveryPolicy, sleep: Sleep
) -> tuple[int, DeliveryFailure | None]:
    """POST a request until an attempt succeeds or fails permanently, or no retry is left.

    Return the number of attempts and the failure of the last attempt. The failure is None after a success.
    """
    attempt = 1
    while (failure := await _attempt_delivery(send, url, request, policy.timeout)) and failure.is_retryable:
        if attempt > policy.retries:
            break
        await sleep(policy.get_pause(attempt))
        attempt += 1
    return attempt, failure


async def _attempt_delivery(send: Send, url: str, request: DeliveryRequest, timeout: float) -> DeliveryFailure | None:  # noqa: ASYNC109  # the timeout is a setting of the source
    try:
        async with asyncio.timeout(timeout):
            response = await send(url, request)
    except TransportError as error:
        return DeliveryFailure(None, b"", str(error))
    except TimeoutError:
        return DeliveryFailure(None, b"", "timeout")
    return None if response.status // 100 == 2 else DeliveryFailure(response.status, response.body, "answered")  # noqa: PLR2004  # 2xx


def build_dead_letter(request: DeliveryRequest, url: str, failure: DeliveryFailure) -> DeliveryRequest:
    """Return the request for the dead-letter sink, with headers that describe the failure of the delivery to `url`."""
    headers = [("ce-knativeerrordest", url)]
    if failure.status is not None:
        headers.append(("ce-knativeerrorcode", str(failure.status)))
    if failure.body:
        data = base64.b64encode(failure.body[:_ERROR_DATA_BYTES]).decode()
        headers.append(("ce-knativeerrordata", data))
    return request.with_headers(headers)
