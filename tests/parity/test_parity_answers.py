"""Reactions of a source to responses: attempts, backoff, dead letters and commits."""

import base64
import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.kit import wait_for
from tests.parity import manifests
from tests.parity.kafka import build_event
from tests.parity.knative import Manifest
from tests.parity.scenario import RunningScenario, Scenario

# The answer, the number of attempts (at most four), and the code in the dead letter; "none" is a transport error.
_ANSWERS: list[tuple[str, dict[str, Any], int, str | None]] = [
    ("200", {"status": 200}, 1, None),
    ("202 with a reply", {"status": 202, "headers": [["ce-id", "r"]], "body": '{"r": 1}'}, 1, None),
    ("307", {"status": 307, "headers": [["location", "/elsewhere"]]}, 1, "307"),
    ("422", {"status": 422, "body": "unusable"}, 1, "422"),
    ("425", {"status": 425}, 1, "425"),
    ("404", {"status": 404}, 4, "404"),
    ("409", {"status": 409}, 4, "409"),
    ("429", {"status": 429, "headers": [["retry-after", "10"]]}, 4, "429"),
    ("501", {"status": 501}, 4, "501"),
    ("599", {"status": 599, "body_n": 3000}, 4, "599"),
    ("reset", {"reset": True}, 4, "none"),
    ("closed", {"drop": True}, 4, "none"),
    ("late", {"hang": True}, 4, "none"),
    ("500 then 422", {"seq": [{"status": 500}, {"status": 422}]}, 2, "422"),
    ("late then 204", {"seq": [{"hang": True}, {"status": 204}]}, 2, None),
]
# On a loaded machine a request is noticed this much later. The times of other rules differ by more than this.
_LATE_S = 0.7
_NAMES = [name for name, *_ in _ANSWERS]
_FAILING = [
    build_event("500", b'{"answer": {"status": 500}, "answer_dls": {"status": 500}}'),
    build_event("refused", b'{"answer": {"status": 422}, "answer_dls": {"status": 400}}'),
    build_event("after", b"{}"),
]


def _build_manifests(**delivery: Any) -> Callable[[RunningScenario], list[Manifest]]:
    def build(played: RunningScenario) -> list[Manifest]:
        dead = manifests.build_destination(f"{played.dead.url}/")
        settings = {**delivery, "deadLetterSink": dead}
        return [manifests.build_source(played.name, played.knative.bootstrap, f"{played.main.url}/", delivery=settings)]

    return build


def _build_without_dead_letters(played: RunningScenario) -> list[Manifest]:
    delivery = manifests.build_delivery(retry=1)
    return [manifests.build_source(played.name, played.knative.bootstrap, f"{played.main.url}/", delivery=delivery)]


_QUICK = manifests.build_delivery(timeout="PT1S", backoffDelay="PT0.3S")
SCENARIOS = [
    Scenario(
        "p-answers",
        _build_manifests(**_QUICK),
        partitions=len(_ANSWERS),
        backlog=[
            build_event(name, json.dumps({"answer": answer}).encode(), partition=number)
            for number, (name, answer, *_) in enumerate(_ANSWERS)
        ],
    ),
    Scenario(
        "p-linear",
        _build_manifests(**{**_QUICK, "backoffPolicy": "linear", "backoffDelay": "PT0.5S"}),
        records=_FAILING[:1],
    ),
    Scenario("p-no-retry", _build_manifests(timeout="PT1S"), records=_FAILING[:1]),
    Scenario("p-failing-dead-letters", _build_manifests(**{**_QUICK, "retry": 2}), records=_FAILING),
    Scenario("p-no-dead-letters", _build_without_dead_letters, records=_FAILING),
]


def _wait_until_committed(there: RunningScenario, committed: dict[int, int]) -> None:
    wait_for(lambda: there.load_committed() == committed, what=f"the commit of {committed}")


@pytest.mark.parametrize(("name", "_answer", "attempts", "code"), _ANSWERS, ids=_NAMES)
def test_response_decides_about_retry_and_dead_letter(
    played: dict[str, RunningScenario], name: str, _answer: object, attempts: int, code: str | None
) -> None:
    there = played["p-answers"]
    _wait_until_committed(there, dict.fromkeys(range(len(_ANSWERS)), 1))
    assert len(there.main.list_attempts(name)) == attempts
    letters = [letter.fields.get("ce-knativeerrorcode", "none") for letter in there.dead.list_attempts(name)]
    assert letters == ([code] if code else [])


def test_exponential_backoff_ignores_retry_after(played: dict[str, RunningScenario]) -> None:
    assert _list_pauses(played["p-answers"], "429") == pytest.approx([0.6, 1.2, 2.4], abs=_LATE_S)


def test_linear_backoff_grows_by_the_delay(played: dict[str, RunningScenario]) -> None:
    _wait_until_committed(played["p-linear"], {0: 1})
    assert _list_pauses(played["p-linear"], "500") == pytest.approx([0.5, 1.0, 1.5], abs=_LATE_S)


def test_client_disconnects_at_the_timeout(played: dict[str, RunningScenario]) -> None:
    first, *_ = played["p-answers"].main.list_attempts("late")
    assert (first.client_gone or 0) - first.t == pytest.approx(1.0, abs=_LATE_S)


def test_dead_letter_is_the_event_with_its_failure(played: dict[str, RunningScenario]) -> None:
    there = played["p-answers"]
    (letter,), (sent,) = there.dead.list_attempts("422"), there.main.list_attempts("422")
    added = {"ce-knativeerrordest", "ce-knativeerrorcode", "ce-knativeerrordata", "host"}
    assert letter.fields.keys() - sent.fields.keys() == added - {"host"}
    assert letter.fields.items() - sent.fields.items() == {(name, letter.fields[name]) for name in added}
    assert letter.fields["ce-knativeerrordest"] == f"{there.main.url}/"
    assert base64.b64decode(letter.fields["ce-knativeerrordata"]) == b"unusable"


def test_dead_letter_keeps_1024_bytes_of_the_response(played: dict[str, RunningScenario]) -> None:
    (letter,) = played["p-answers"].dead.list_attempts("599")
    assert len(base64.b64decode(letter.fields["ce-knativeerrordata"])) == 1024


def test_delivery_without_retry_has_no_retries(played: dict[str, RunningScenario]) -> None:
    _wait_until_committed(played["p-no-retry"], {0: 1})
    assert len(played["p-no-retry"].main.received) == 1


def test_dead_letter_is_retried_and_blocks_its_partition(played: dict[str, RunningScenario]) -> None:
    there = played["p-failing-dead-letters"]
    _wait_until_committed(there, {0: 3})
    arrived = sorted([*there.main.received, *there.dead.received], key=lambda request: request.t)
    assert [request.id for request in arrived] == ["500"] * 6 + ["refused"] * 2 + ["after"]


def test_failure_without_dead_letter_sink_is_committed(played: dict[str, RunningScenario]) -> None:
    _wait_until_committed(played["p-no-dead-letters"], {0: 3})


def _list_pauses(there: RunningScenario, name: str) -> list[float]:
    return [after.t - before.t for before, after in itertools.pairwise(there.main.list_attempts(name))]
