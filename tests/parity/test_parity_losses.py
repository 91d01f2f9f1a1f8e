"""Records that Knative loses silently, and sources that it accepts but never runs."""

from tests.kit import wait_for
from tests.parity import manifests
from tests.parity.kafka import RecordToSend, build_event
from tests.parity.knative import Knative, Manifest
from tests.parity.scenario import RunningScenario, Scenario


def _build_source(played: RunningScenario) -> list[Manifest]:
    delivery = manifests.build_delivery(f"{played.dead.url}/", retry=0)
    return [manifests.build_source(played.name, played.knative.bootstrap, f"{played.main.url}/", delivery=delivery)]


def _build_with_unknown_key_type(played: RunningScenario) -> list[Manifest]:
    return [manifests.build_source(played.name, played.knative.bootstrap, f"{played.main.url}/", key_type="bogus")]


def _build_with_retry_after_max(played: RunningScenario) -> list[Manifest]:
    delivery = manifests.build_delivery(retryAfterMax="PT5S")
    return [manifests.build_source(played.name, played.knative.bootstrap, f"{played.main.url}/", delivery=delivery)]


SCENARIOS = [
    Scenario(
        "p-control",
        _build_source,
        records=[
            build_event("a"),
            build_event("b", subject="a\nb"),
            RecordToSend(b"{}", key=b"\0\1"),
            build_event("tab", subject="a\tb"),
        ],
    ),
    Scenario(
        "p-poisoned",
        _build_source,
        backlog=[RecordToSend(b"1"), build_event("good"), RecordToSend(b"2", (("h", None),)), RecordToSend(b"3")],
    ),
    Scenario("p-bogus", _build_with_unknown_key_type, records=[build_event("a")]),
    Scenario("p-retry-after", _build_with_retry_after_max, records=[build_event("a")]),
]


def test_control_character_loses_record_and_dead_letter(played: dict[str, RunningScenario]) -> None:
    there = played["p-control"]
    wait_for(lambda: there.load_committed() == {0: 4}, what="the commit")
    assert [one.id for one in there.main.received] == ["a", "tab"]
    assert there.dead.received == []


def test_header_without_value_loses_raw_records_of_the_poll(played: dict[str, RunningScenario]) -> None:
    there = played["p-poisoned"]
    wait_for(lambda: there.load_committed() == {0: 4}, what="the commit")
    assert [one.id for one in there.main.received] == ["good"]
    assert there.dead.received == []


def test_source_with_unknown_key_type_is_never_ready(played: dict[str, RunningScenario], knative: Knative) -> None:
    assert "invalid value: bogus" in (knative.get_never_ready_reason("p-bogus") or "")
    assert played["p-bogus"].main.received == []


def test_source_with_retry_after_max_is_never_ready(played: dict[str, RunningScenario], knative: Knative) -> None:
    assert "retryAfterMax" in (knative.get_never_ready_reason("p-retry-after") or "")
    assert played["p-retry-after"].main.received == []
