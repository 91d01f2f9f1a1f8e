"""Replays of recordings 01x, 03x and 06: lost records, and sources that never run."""

import pytest

from tests.kit import wait_for
from tests.parity.golden import Recording, load_recording
from tests.parity.knative import Knative
from tests.parity.replay import build_scenario, load_recorded_records, localize
from tests.parity.scenario import RunningScenario, Scenario

_CONTROL, _POISONED = "01x-control-characters", "03x-poisoned-batch"
_NEVER_READY = ("06-keytype-bogus", "07-retryAfterMax-feature-off")


def _list_never_ready(name: str) -> Scenario:
    recorded = load_recording(name)["kafkasource"]
    labels = {"labels": recorded["metadata"].get("labels", {})}
    spec = {key: value for key, value in recorded["spec"].items() if key != "net"}
    metadata = {"name": recorded["metadata"]["name"], **labels}
    source = {"apiVersion": recorded["apiVersion"], "kind": "KafkaSource", "metadata": metadata, "spec": spec}
    return Scenario(metadata["name"], lambda played: [localize(source, played)])


_POLLS = load_recording(_POISONED)["cases"]

SCENARIOS = [
    build_scenario(
        load_recording(_CONTROL)["source"],
        partitions=1,
        records=load_recorded_records(load_recording(_CONTROL)["records"]),
    ),
    *(build_scenario(case["source"], partitions=1, backlog=load_recorded_records(case["records"])) for case in _POLLS),
    *map(_list_never_ready, _NEVER_READY),
]


def test_recorded_loss_by_control_characters_is_repeated(played: dict[str, RunningScenario]) -> None:
    recorded = load_recording(_CONTROL)
    there = played[recorded["source"]["metadata"]["name"]]
    wait_for(lambda: there.load_committed() == {0: recorded["committed"]["0"]}, what="the commit")
    arrived = {str(request.offset) for request in there.main.received}
    assert arrived == recorded["received_by_offset"].keys()
    assert there.dead.received == []


@pytest.mark.parametrize("case", _POLLS, ids=lambda case: f"{case['topic']}: {case['what']}")
def test_recorded_loss_of_a_poll_is_repeated(played: dict[str, RunningScenario], case: Recording) -> None:
    there = played[case["topic"]]
    wait_for(lambda: there.load_committed() == {0: case["committed"]["0"]}, what="the commit")
    assert len(there.main.received) == len(case["received"])
    assert there.dead.received == []


@pytest.mark.parametrize("name", _NEVER_READY)
def test_recorded_source_is_never_ready(played: dict[str, RunningScenario], knative: Knative, name: str) -> None:
    recorded = load_recording(name)["kafkasource"]
    (why,) = [one["message"] for one in recorded["status"]["conditions"] if one["type"] == "Ready"]
    _, _, words = why.partition("validation failed: ")
    found = knative.get_never_ready_reason(recorded["metadata"]["name"]) or ""
    assert "".join(found.replace(";", "").split()) in "".join(words.split())
    assert played[recorded["metadata"]["name"]].main.received == []
