"""Replays of recordings 07 and 09: attempts, backoff, dead letters and committed offsets for all kinds of responses."""

import base64
import itertools
import re

import pytest

from tests.kit import wait_for
from tests.parity import manifests
from tests.parity.golden import Recording, load_recording
from tests.parity.knative import Manifest
from tests.parity.recorder import ReceivedRequest
from tests.parity.replay import build_answers, build_scenario, load_recorded_records
from tests.parity.scenario import RunningScenario, Scenario

# The recording machine was often loaded, and this one may be. A request may be noticed this much later, and the pause
# after it may be this much shorter.
_LATE_S = 0.8
_EARLY_S = 0.5
# The timeout of the recorded deliveries, after which the client disconnects.
_TIMEOUT_S = 3.0

_DIRECT = (
    "07-answers-exp-run2",
    "07-answers-linear-run2",
    "07-answers-retry0-run1",
    "07-answers-timeout-only-run1",
    "07-answers-delivery-without-retry-run1",
    "07-answers-nodelivery-run1",
    "07-answers-refused-run1",
    "07-answers-nodns-run1",
)
_THROUGH_A_SERVICE = "07-answers-ksvc-run1"
_FAILING = "09-dls-fails-run2"


def _build_service(played: RunningScenario) -> list[Manifest]:
    return [manifests.build_service("rec", played.knative.python, played.main, {"min-scale": "1", "max-scale": "1"})]


def _build_answered(name: str) -> Scenario:
    found = load_recording(name)
    more = _build_service if name == _THROUGH_A_SERVICE else lambda _: ()
    return build_scenario(
        found["source"], partitions=len(found["cases"]), backlog=list(build_answers(found)), more=more
    )


SCENARIOS = [
    *map(_build_answered, (*_DIRECT, _THROUGH_A_SERVICE)),
    *(
        build_scenario(case["source"], partitions=1, records=load_recorded_records(case["records"]))
        for case in load_recording(_FAILING)["cases"]
    ),
]

# In the recording, a request of ten minutes overlapped a restart. Without a dead-letter sink it takes as long here.
_CASES = [
    pytest.param(name, number, id=f"{name}: {case['what']}")
    for name in (*_DIRECT, _THROUGH_A_SERVICE)
    for number, case in enumerate(load_recording(name)["cases"])
    if case["committed"] != -1001
]


@pytest.mark.parametrize(("name", "number"), _CASES)
def test_response_has_the_recorded_consequences(played: dict[str, RunningScenario], name: str, number: int) -> None:
    case = load_recording(name)["cases"][number]
    there = played[load_recording(name)["source"]["metadata"]["name"]]
    wait_for(lambda: there.load_committed().get(number) == case["committed"], within=45, what="the commit")
    attempts = there.main.list_attempts(str(number))
    assert len(attempts) == case["attempts"]
    _compare_pauses([_get_pause(*pair) for pair in itertools.pairwise(attempts)], case, name)
    assert [_normalize_headers(dead_letter) for dead_letter in there.dead.list_attempts(str(number))] == [
        _normalize_recorded(dead_letter, there) for dead_letter in case["dead_letter"] if dead_letter["role"] == "dls"
    ]


@pytest.mark.parametrize("case", load_recording(_FAILING)["cases"], ids=lambda case: str(case["tag"]))
def test_failing_dead_letter_sink_has_the_recorded_consequences(
    played: dict[str, RunningScenario], case: Recording
) -> None:
    there = played[case["source"]["metadata"]["name"]]
    wait_for(lambda: there.load_committed() == {0: len(case["records"])}, within=45, what="the commit")
    arrived = sorted([*there.main.received, *there.dead.received], key=lambda request: request.t)
    assert [(request.id, request.status) for request in arrived] == [
        (request["id"], request["status"]) for request in case["received"]
    ]
    ends = arrived[-1].t - arrived[0].t, case["received"][-1]["t_arrive"] - case["received"][0]["t_arrive"]
    assert abs(ends[0] - ends[1]) < 2 * _LATE_S


def _get_pause(before: ReceivedRequest, after: ReceivedRequest) -> float:
    return after.t - before.t


def _compare_pauses(ours: list[float], case: Recording, name: str) -> None:
    for pause, recorded, nominal in zip(ours, case["gaps_arrival_to_arrival_s"], _compute_pauses(name), strict=False):
        least = nominal + (_TIMEOUT_S if recorded > nominal + 2 * _LATE_S + 0.4 else 0.0)
        assert least - _EARLY_S < pause < max(recorded, least) + _LATE_S


def _compute_pauses(name: str) -> list[float]:
    """Return the pauses that the recorded delivery settings require, from response to next attempt."""
    delivery = load_recording(name)["delivery"] or {"backoffPolicy": "exponential", "backoffDelay": "PT0.3S"}
    delay = float(delivery.get("backoffDelay", "PT0S")[2:-1])
    return [delay * (n if delivery.get("backoffPolicy") == "linear" else 2**n) for n in range(1, 11)]


def _normalize_headers(dead_letter: ReceivedRequest) -> dict[str, str]:
    return _remove_ports(
        {name: value for name, value in dead_letter.fields.items() if name.startswith("ce-knativeerror")}
    )


def _normalize_recorded(dead_letter: Recording, there: RunningScenario) -> dict[str, str]:
    found = {
        name.lower(): value for name, value, *_ in dead_letter["headers"] if name.lower().startswith("ce-knativeerror")
    }
    if ":18080" in found["ce-knativeerrordest"]:
        found["ce-knativeerrordest"] = f"{there.main.url}/"
    if ":18099" in found["ce-knativeerrordest"]:
        found["ce-knativeerrordest"] = "http://127.0.0.1:9/"
    return _remove_ports(found)


def _remove_ports(told: dict[str, str]) -> dict[str, str]:
    """Remove port numbers from error texts."""
    data = base64.b64decode(told.get("ce-knativeerrordata", "")).decode("latin-1")
    return {**told, "ce-knativeerrordata": re.sub(r"(127\.0\.0\.1):\d+", r"\1", data)}
