"""Which answers are tried again, after which pauses, and what the dead-letter sink gets."""

import asyncio
import base64

import pytest

from local.manifests.eventing import NO_DELIVERY
from local.twin.http import Answer, TransportError
from local.twin.sources.delivery import Failure, Policy, dead_letter, deliver, policy
from local.twin.sources.records import Request

REQUEST = Request((("ce-id", "1"),), b"{}")
EXPONENTIAL = Policy(retries=3, exponential=True, delay=0.5, timeout=5.0)


def outcome(answers: list[Answer | Exception], policy: Policy = EXPONENTIAL) -> tuple[int, Failure | None, list[float]]:
    """Attempts, the last failure, and the pauses between attempts; the last answer is given for ever."""
    pauses: list[float] = []

    async def send(_url: str, _request: Request) -> Answer:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    attempts, failure = asyncio.run(deliver(send, "http://x/", REQUEST, policy, sleep))
    return attempts, failure, pauses


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_2xx_is_done(status: int) -> None:
    assert outcome([Answer(status)]) == (1, None, [])


@pytest.mark.parametrize("status", [404, 408, 409, 429, 500, 501, 503, 505, 511, 599])
def test_what_may_pass_is_tried_again_until_retries_are_used_up(status: int) -> None:
    attempts, failure, _ = outcome([Answer(status)])
    assert (attempts, failure and failure.status) == (4, status)


@pytest.mark.parametrize("status", [301, 304, 400, 401, 410, 422, 423, 425])
def test_what_will_not_pass_is_given_up_at_once(status: int) -> None:
    attempts, failure, pauses = outcome([Answer(status)])
    assert (attempts, failure and failure.status, pauses) == (1, status, [])


def test_no_answer_is_tried_again() -> None:
    assert outcome([TransportError("EOF"), TimeoutError(), Answer(204)])[:2] == (3, None)


def test_exponential_pauses_double_from_twice_the_delay() -> None:
    assert outcome([Answer(500)])[2] == [1.0, 2.0, 4.0]


def test_linear_pauses_grow_by_the_delay() -> None:
    assert outcome([Answer(500)], Policy(3, exponential=False, delay=0.5, timeout=5.0))[2] == [0.5, 1.0, 1.5]


def test_every_attempt_decides_anew() -> None:
    attempts, failure, _ = outcome([Answer(500), Answer(422)])
    assert (attempts, failure and failure.status) == (2, 422)


def test_a_source_without_delivery_gets_ten_retries() -> None:
    assert policy(NO_DELIVERY) == Policy(retries=10, exponential=True, delay=0.3, timeout=600.0)


def test_an_attempt_takes_no_longer_than_the_timeout() -> None:
    async def hang(_url: str, _request: Request) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError

    hurried = Policy(retries=0, exponential=True, delay=0.0, timeout=0.01)
    attempts, failure = asyncio.run(deliver(hang, "http://x/", REQUEST, hurried, asyncio.sleep))
    assert (attempts, failure) == (1, Failure(None, b"", "timeout"))


def test_a_dead_letter_says_where_and_with_what_it_failed() -> None:
    letter = dict(dead_letter(REQUEST, "http://x/", Failure(422, b"n" * 3000, "answered")).headers)
    assert (letter["ce-id"], letter["ce-knativeerrordest"], letter["ce-knativeerrorcode"]) == ("1", "http://x/", "422")
    assert base64.b64decode(letter["ce-knativeerrordata"]) == b"n" * 1024


def test_a_dead_letter_without_answer_has_no_code_and_no_data() -> None:
    letter = dict(dead_letter(REQUEST, "http://x/", Failure(None, b"", "EOF")).headers)
    assert letter.keys() == {"ce-id", "ce-knativeerrordest"}
