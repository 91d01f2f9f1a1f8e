"""What a source makes of answers: attempts, pauses, dead letters, commits."""

import base64
import itertools
import json
from typing import Any

import pytest

from tests.kit import eventually
from tests.parity import manifests
from tests.parity.kafka import event
from tests.parity.knative import Manifest
from tests.parity.scenario import Played, Scenario

# Answer, attempts of four that may be made, and what the dead letter says: a code, "none" for a transport error.
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
# On a loaded machine a request is noticed that late; what would be another rule is further away.
_LATE_S = 0.7
_NAMES = [name for name, *_ in _ANSWERS]
_FAILING = [
    event("500", b'{"answer": {"status": 500}, "answer_dls": {"status": 500}}'),
    event("refused", b'{"answer": {"status": 422}, "answer_dls": {"status": 400}}'),
    event("after", b"{}"),
]


def _to(**delivery: object) -> Any:
    def manifest(played: Played) -> list[Manifest]:
        dead = manifests.destination(f"{played.dead.url}/")
        spec = {"delivery": {**delivery, "deadLetterSink": dead}}
        return [manifests.source(played.name, played.knative.bootstrap, f"{played.main.url}/", **spec)]

    return manifest


def _without_dead_letters(played: Played) -> list[Manifest]:
    delivery = manifests.delivery(retry=1)
    return [manifests.source(played.name, played.knative.bootstrap, f"{played.main.url}/", delivery=delivery)]


_QUICK = manifests.delivery(timeout="PT1S", backoffDelay="PT0.3S")
SCENARIOS = [
    Scenario(
        "p-answers",
        _to(**_QUICK),
        partitions=len(_ANSWERS),
        backlog=[
            event(name, json.dumps({"answer": answer}).encode(), partition=number)
            for number, (name, answer, *_) in enumerate(_ANSWERS)
        ],
    ),
    Scenario("p-linear", _to(**{**_QUICK, "backoffPolicy": "linear", "backoffDelay": "PT0.5S"}), records=_FAILING[:1]),
    Scenario("p-no-retry", _to(timeout="PT1S"), records=_FAILING[:1]),
    Scenario("p-failing-dead-letters", _to(**{**_QUICK, "retry": 2}), records=_FAILING),
    Scenario("p-no-dead-letters", _without_dead_letters, records=_FAILING),
]


def _done(there: Played, committed: dict[int, int]) -> None:
    eventually(lambda: there.committed() == committed, what=f"the commit of {committed}")


@pytest.mark.parametrize(("name", "_answer", "attempts", "code"), _ANSWERS, ids=_NAMES)
def test_an_answer_decides_on_another_attempt_and_a_dead_letter(
    played: dict[str, Played], name: str, _answer: object, attempts: int, code: str | None
) -> None:
    there = played["p-answers"]
    _done(there, dict.fromkeys(range(len(_ANSWERS)), 1))
    assert len(there.main.of(name)) == attempts
    letters = [letter.fields.get("ce-knativeerrorcode", "none") for letter in there.dead.of(name)]
    assert letters == ([code] if code else [])


def test_exponential_pauses_double_from_twice_the_delay_and_retry_after_is_not_heard(played: dict[str, Played]) -> None:
    assert _pauses(played["p-answers"], "429") == pytest.approx([0.6, 1.2, 2.4], abs=_LATE_S)


def test_linear_pauses_grow_by_the_delay(played: dict[str, Played]) -> None:
    _done(played["p-linear"], {0: 1})
    assert _pauses(played["p-linear"], "500") == pytest.approx([0.5, 1.0, 1.5], abs=_LATE_S)


def test_a_client_goes_away_when_the_timeout_is_over(played: dict[str, Played]) -> None:
    first, *_ = played["p-answers"].main.of("late")
    assert (first.client_gone or 0) - first.t == pytest.approx(1.0, abs=_LATE_S)


def test_a_dead_letter_is_the_event_and_what_it_met(played: dict[str, Played]) -> None:
    there = played["p-answers"]
    (letter,), (sent,) = there.dead.of("422"), there.main.of("422")
    added = {"ce-knativeerrordest", "ce-knativeerrorcode", "ce-knativeerrordata", "host"}
    assert letter.fields.keys() - sent.fields.keys() == added - {"host"}
    assert letter.fields.items() - sent.fields.items() == {(name, letter.fields[name]) for name in added}
    assert letter.fields["ce-knativeerrordest"] == f"{there.main.url}/"
    assert base64.b64decode(letter.fields["ce-knativeerrordata"]) == b"unusable"


def test_a_dead_letter_keeps_1024_bytes_of_the_answer(played: dict[str, Played]) -> None:
    (letter,) = played["p-answers"].dead.of("599")
    assert len(base64.b64decode(letter.fields["ce-knativeerrordata"])) == 1024


def test_a_delivery_that_says_nothing_of_retries_has_none(played: dict[str, Played]) -> None:
    _done(played["p-no-retry"], {0: 1})
    assert len(played["p-no-retry"].main.received) == 1


def test_a_dead_letter_is_tried_as_often_and_its_partition_waits(played: dict[str, Played]) -> None:
    there = played["p-failing-dead-letters"]
    _done(there, {0: 3})
    arrived = sorted([*there.main.received, *there.dead.received], key=lambda request: request.t)
    assert [request.id for request in arrived] == ["500"] * 6 + ["refused"] * 2 + ["after"]


def test_what_has_no_dead_letter_sink_is_dropped_and_committed(played: dict[str, Played]) -> None:
    _done(played["p-no-dead-letters"], {0: 3})


def _pauses(there: Played, name: str) -> list[float]:
    return [after.t - before.t for before, after in itertools.pairwise(there.main.of(name))]
