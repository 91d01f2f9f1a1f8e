"""Retries of deliveries, their backoff, and dead letters."""

import asyncio
import base64

import pytest

from local.manifests.eventing import DEFAULT_DELIVERY
from local.twin.http_client import HttpResponse, TransportError
from local.twin.sources.delivery import DeliveryFailure, DeliveryPolicy, build_dead_letter, build_policy, deliver
from local.twin.sources.records import DeliveryRequest

REQUEST = DeliveryRequest((("ce-id", "1"),), b"{}")
EXPONENTIAL = DeliveryPolicy(retries=3, is_exponential=True, delay=0.5, timeout=5.0)


def run_delivery(
    answers: list[HttpResponse | Exception], policy: DeliveryPolicy = EXPONENTIAL
) -> tuple[int, DeliveryFailure | None, list[float]]:
    """Return the attempts, the last failure and the pauses. The last answer is repeated for further attempts."""
    pauses: list[float] = []

    async def send(_url: str, _request: DeliveryRequest) -> HttpResponse:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    attempts, failure = asyncio.run(deliver(send, "http://x/", REQUEST, policy, sleep))
    return attempts, failure, pauses


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_2xx_is_a_success(status: int) -> None:
    assert run_delivery([HttpResponse(status)]) == (1, None, [])


@pytest.mark.parametrize("status", [404, 408, 409, 429, 500, 501, 503, 505, 511, 599])
def test_temporary_failure_is_retried_until_retries_end(status: int) -> None:
    attempts, failure, _ = run_delivery([HttpResponse(status)])
    assert (attempts, failure and failure.status) == (4, status)


@pytest.mark.parametrize("status", [301, 304, 400, 401, 410, 422, 423, 425])
def test_permanent_failure_is_not_retried(status: int) -> None:
    attempts, failure, pauses = run_delivery([HttpResponse(status)])
    assert (attempts, failure and failure.status, pauses) == (1, status, [])


def test_missing_response_is_retried() -> None:
    assert run_delivery([TransportError("EOF"), TimeoutError(), HttpResponse(204)])[:2] == (3, None)


def test_exponential_backoff_doubles_from_twice_the_delay() -> None:
    assert run_delivery([HttpResponse(500)])[2] == [1.0, 2.0, 4.0]


def test_linear_backoff_grows_by_the_delay() -> None:
    assert run_delivery([HttpResponse(500)], DeliveryPolicy(3, is_exponential=False, delay=0.5, timeout=5.0))[2] == [
        0.5,
        1.0,
        1.5,
    ]


def test_each_response_decides_about_the_next_attempt() -> None:
    attempts, failure, _ = run_delivery([HttpResponse(500), HttpResponse(422)])
    assert (attempts, failure and failure.status) == (2, 422)


def test_source_without_delivery_has_ten_retries() -> None:
    assert build_policy(DEFAULT_DELIVERY) == DeliveryPolicy(retries=10, is_exponential=True, delay=0.3, timeout=600.0)


def test_attempt_ends_at_the_timeout() -> None:
    async def hang(_url: str, _request: DeliveryRequest) -> HttpResponse:
        await asyncio.Event().wait()
        raise AssertionError

    hurried = DeliveryPolicy(retries=0, is_exponential=True, delay=0.0, timeout=0.01)
    attempts, failure = asyncio.run(deliver(hang, "http://x/", REQUEST, hurried, asyncio.sleep))
    assert (attempts, failure) == (1, DeliveryFailure(None, b"", "timeout"))


def test_dead_letter_has_destination_code_and_data() -> None:
    letter = dict(build_dead_letter(REQUEST, "http://x/", DeliveryFailure(422, b"n" * 3000, "answered")).headers)
    assert (letter["ce-id"], letter["ce-knativeerrordest"], letter["ce-knativeerrorcode"]) == ("1", "http://x/", "422")
    assert base64.b64decode(letter["ce-knativeerrordata"]) == b"n" * 1024


def test_dead_letter_without_response_has_no_code_or_data() -> None:
    letter = dict(build_dead_letter(REQUEST, "http://x/", DeliveryFailure(None, b"", "EOF")).headers)
    assert letter.keys() == {"ce-id", "ce-knativeerrordest"}
