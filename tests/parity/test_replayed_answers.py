"""Recordings 07 and 09 replayed: attempts, pauses, dead letters and committed offsets, for every kind of answer."""

import base64
import itertools
import re

import pytest

from tests.kit import eventually
from tests.parity import manifests
from tests.parity.knative import Manifest
from tests.parity.recorder import Received
from tests.parity.replay import Recording, answers, recording, records, scenario
from tests.parity.scenario import Played, Scenario

# The recording machine was often loaded, and ours may be: a request may be noticed that late, and so the pause after it
# be that much shorter.
_LATE_S = 0.8
_EARLY_S = 0.5
# That of the recorded deliveries, after which a client goes away.
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


def _service(played: Played) -> list[Manifest]:
    return [manifests.service("rec", played.knative.python, played.main, {"min-scale": "1", "max-scale": "1"})]


def _answered(name: str) -> Scenario:
    found = recording(name)
    more = _service if name == _THROUGH_A_SERVICE else lambda _: ()
    return scenario(found["source"], partitions=len(found["cases"]), backlog=list(answers(found)), more=more)


SCENARIOS = [
    *map(_answered, (*_DIRECT, _THROUGH_A_SERVICE)),
    *(
        scenario(case["source"], partitions=1, records=records(case["records"]))
        for case in recording(_FAILING)["cases"]
    ),
]

# A request that hangs for ten minutes overlapped a restart there; without dead-letter sink it takes as long here.
_CASES = [
    pytest.param(name, number, id=f"{name}: {case['what']}")
    for name in (*_DIRECT, _THROUGH_A_SERVICE)
    for number, case in enumerate(recording(name)["cases"])
    if case["committed"] != -1001
]


@pytest.mark.parametrize(("name", "number"), _CASES)
def test_an_answer_has_the_consequences_that_were_recorded(played: dict[str, Played], name: str, number: int) -> None:
    case = recording(name)["cases"][number]
    there = played[recording(name)["source"]["metadata"]["name"]]
    eventually(lambda: there.committed().get(number) == case["committed"], within=45, what="the commit")
    attempts = there.main.of(str(number))
    assert len(attempts) == case["attempts"]
    _compare_pauses([_pause(*pair) for pair in itertools.pairwise(attempts)], case, name)
    assert [_told(letter) for letter in there.dead.of(str(number))] == [
        _recorded(letter, there) for letter in case["dead_letter"] if letter["role"] == "dls"
    ]


@pytest.mark.parametrize("case", recording(_FAILING)["cases"], ids=lambda case: str(case["tag"]))
def test_a_dead_letter_sink_that_fails_has_the_consequences_that_were_recorded(
    played: dict[str, Played], case: Recording
) -> None:
    there = played[case["source"]["metadata"]["name"]]
    eventually(lambda: there.committed() == {0: len(case["records"])}, within=45, what="the commit")
    arrived = sorted([*there.main.received, *there.dead.received], key=lambda request: request.t)
    assert [(request.id, request.status) for request in arrived] == [
        (request["id"], request["status"]) for request in case["received"]
    ]
    ends = arrived[-1].t - arrived[0].t, case["received"][-1]["t_arrive"] - case["received"][0]["t_arrive"]
    assert abs(ends[0] - ends[1]) < 2 * _LATE_S


def _pause(before: Received, after: Received) -> float:
    return after.t - before.t


def _compare_pauses(ours: list[float], case: Recording, name: str) -> None:
    for pause, recorded, nominal in zip(ours, case["gaps_arrival_to_arrival_s"], _nominal(name), strict=False):
        least = nominal + (_TIMEOUT_S if recorded > nominal + 2 * _LATE_S + 0.4 else 0.0)
        assert least - _EARLY_S < pause < max(recorded, least) + _LATE_S


def _nominal(name: str) -> list[float]:
    """What the recorded delivery asks for, answer to next attempt."""
    delivery = recording(name)["delivery"] or {"backoffPolicy": "exponential", "backoffDelay": "PT0.3S"}
    delay = float(delivery.get("backoffDelay", "PT0S")[2:-1])
    return [delay * (n if delivery.get("backoffPolicy") == "linear" else 2**n) for n in range(1, 11)]


def _told(letter: Received) -> dict[str, str]:
    return _portless({name: value for name, value in letter.fields.items() if name.startswith("ce-knativeerror")})


def _recorded(letter: Recording, there: Played) -> dict[str, str]:
    found = {name.lower(): value for name, value, *_ in letter["headers"] if name.lower().startswith("ce-knativeerror")}
    if ":18080" in found["ce-knativeerrordest"]:
        found["ce-knativeerrordest"] = f"{there.main.url}/"
    if ":18099" in found["ce-knativeerrordest"]:
        found["ce-knativeerrordest"] = "http://127.0.0.1:9/"
    return _portless(found)


def _portless(told: dict[str, str]) -> dict[str, str]:
    """What went wrong between two ports is told with their numbers."""
    data = base64.b64decode(told.get("ce-knativeerrordata", "")).decode("latin-1")
    return {**told, "ce-knativeerrordata": re.sub(r"(127\.0\.0\.1):\d+", r"\1", data)}
