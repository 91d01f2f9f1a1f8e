"""Recordings 01x, 03x and 06 replayed: what a real Knative loses, and what it never runs."""

import pytest

from tests.kit import eventually
from tests.parity.knative import Knative
from tests.parity.replay import Recording, here, recording, records, scenario
from tests.parity.scenario import Played, Scenario

_CONTROL, _POISONED = "01x-control-characters", "03x-poisoned-batch"
_NEVER_READY = ("06-keytype-bogus", "07-retryAfterMax-feature-off")


def _never_ready(name: str) -> Scenario:
    recorded = recording(name)["kafkasource"]
    labels = {"labels": recorded["metadata"].get("labels", {})}
    spec = {key: value for key, value in recorded["spec"].items() if key != "net"}
    metadata = {"name": recorded["metadata"]["name"], **labels}
    source = {"apiVersion": recorded["apiVersion"], "kind": "KafkaSource", "metadata": metadata, "spec": spec}
    return Scenario(metadata["name"], lambda played: [here(source, played)])


_POLLS = recording(_POISONED)["cases"]

SCENARIOS = [
    scenario(recording(_CONTROL)["source"], partitions=1, records=records(recording(_CONTROL)["records"])),
    *(scenario(case["source"], partitions=1, backlog=records(case["records"])) for case in _POLLS),
    *map(_never_ready, _NEVER_READY),
]


def test_what_was_lost_to_control_characters_is_lost(played: dict[str, Played]) -> None:
    recorded = recording(_CONTROL)
    there = played[recorded["source"]["metadata"]["name"]]
    eventually(lambda: there.committed() == {0: recorded["committed"]["0"]}, what="the commit")
    arrived = {str(request.offset) for request in there.main.received}
    assert arrived == recorded["received_by_offset"].keys()
    assert there.dead.received == []


@pytest.mark.parametrize("case", _POLLS, ids=lambda case: f"{case['topic']}: {case['what']}")
def test_what_was_lost_of_a_poll_is_lost(played: dict[str, Played], case: Recording) -> None:
    there = played[case["topic"]]
    eventually(lambda: there.committed() == {0: case["committed"]["0"]}, what="the commit")
    assert len(there.main.received) == len(case["received"])
    assert there.dead.received == []


@pytest.mark.parametrize("name", _NEVER_READY)
def test_what_never_got_ready_says_why(played: dict[str, Played], knative: Knative, name: str) -> None:
    recorded = recording(name)["kafkasource"]
    (why,) = [one["message"] for one in recorded["status"]["conditions"] if one["type"] == "Ready"]
    _, _, words = why.partition("validation failed: ")
    found = knative.never_ready(recorded["metadata"]["name"]) or ""
    assert "".join(found.replace(";", "").split()) in "".join(words.split())
    assert played[recorded["metadata"]["name"]].main.received == []
