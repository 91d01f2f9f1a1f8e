"""Counts and durations of dispatched events."""

import asyncio

import pytest

from local.twin.http_client import HttpResponse, TransportError
from local.twin.sources.delivery import DeliveryPolicy, deliver
from local.twin.sources.dispatches import SUBSCRIBER, DispatchMetrics
from local.twin.sources.records import DeliveryRequest

ONCE_MORE = DeliveryPolicy(retries=1, is_exponential=False, delay=0, timeout=5)


async def skip_pause(_: float) -> None: ...


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ([HttpResponse(204)], "204"),
        ([HttpResponse(503), HttpResponse(200)], "200"),
        ([TransportError("reset"), HttpResponse(503)], "503"),
        ([HttpResponse(503), TransportError("reset")], ""),
    ],
)
def test_event_is_observed_once_with_its_last_status(answers: list[HttpResponse | TransportError], status: str) -> None:
    dispatches, ahead = DispatchMetrics(), iter(answers)

    async def send(_url: str, _request: DeliveryRequest) -> HttpResponse:
        assert dispatches.in_flight[SUBSCRIBER] == 1
        answer = next(ahead)
        if isinstance(answer, TransportError):
            raise answer
        return answer

    async def delivered() -> None:
        dispatch = dispatches.start_dispatch(send, SUBSCRIBER)
        await deliver(dispatch, "http://echo", DeliveryRequest((), None), ONCE_MORE, skip_pause)
        dispatch.finish()

    asyncio.run(delivered())
    ((values, buckets, _),) = dispatches.durations
    assert values == (status,)
    assert buckets[-1] == ("+Inf", 1.0)
    assert dispatches.in_flight == {SUBSCRIBER: 0, "deadLetterSink": 0}
