"""Events under way are counted, each until it is over, with all its attempts."""

import asyncio

import pytest

from local.twin.http import Answer, TransportError
from local.twin.sources.delivery import Policy, deliver
from local.twin.sources.dispatches import SUBSCRIBER, Dispatches
from local.twin.sources.records import Request

ONCE_MORE = Policy(retries=1, exponential=False, delay=0, timeout=5)


async def at_once(_: float) -> None:
    """No pause."""


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ([Answer(204)], "204"),
        ([Answer(503), Answer(200)], "200"),
        ([TransportError("reset"), Answer(503)], "503"),
        ([Answer(503), TransportError("reset")], ""),
    ],
)
def test_an_event_is_observed_once_with_its_last_status(answers: list[Answer | TransportError], status: str) -> None:
    dispatches, ahead = Dispatches(), iter(answers)

    async def send(_url: str, _request: Request) -> Answer:
        assert dispatches.in_flight[SUBSCRIBER] == 1
        answer = next(ahead)
        if isinstance(answer, TransportError):
            raise answer
        return answer

    async def delivered() -> None:
        dispatch = dispatches.counting(send, SUBSCRIBER)
        await deliver(dispatch, "http://echo", Request((), None), ONCE_MORE, at_once)
        dispatch.over()

    asyncio.run(delivered())
    ((values, buckets, _),) = dispatches.took
    assert values == (status,)
    assert buckets[-1] == ("+Inf", 1.0)
    assert dispatches.in_flight == {SUBSCRIBER: 0, "deadLetterSink": 0}
