"""What Knative loses without a word, and what it takes and never runs."""

from tests.kit import eventually
from tests.parity import manifests
from tests.parity.kafka import Sent, event
from tests.parity.knative import Knative, Manifest
from tests.parity.scenario import Played, Scenario


def _source(played: Played) -> list[Manifest]:
    delivery = manifests.delivery(f"{played.dead.url}/", retry=0)
    return [manifests.source(played.name, played.knative.bootstrap, f"{played.main.url}/", delivery=delivery)]


def _bogus(played: Played) -> list[Manifest]:
    return [manifests.source(played.name, played.knative.bootstrap, f"{played.main.url}/", key_type="bogus")]


def _retry_after(played: Played) -> list[Manifest]:
    delivery = manifests.delivery(retryAfterMax="PT5S")
    return [manifests.source(played.name, played.knative.bootstrap, f"{played.main.url}/", delivery=delivery)]


SCENARIOS = [
    Scenario(
        "p-control",
        _source,
        records=[event("a"), event("b", subject="a\nb"), Sent(b"{}", key=b"\0\1"), event("tab", subject="a\tb")],
    ),
    Scenario("p-poisoned", _source, backlog=[Sent(b"1"), event("good"), Sent(b"2", (("h", None),)), Sent(b"3")]),
    Scenario("p-bogus", _bogus, records=[event("a")]),
    Scenario("p-retry-after", _retry_after, records=[event("a")]),
]


def test_a_control_character_loses_the_record_and_its_dead_letter(played: dict[str, Played]) -> None:
    there = played["p-control"]
    eventually(lambda: there.committed() == {0: 4}, what="the commit")
    assert [one.id for one in there.main.received] == ["a", "tab"]
    assert there.dead.received == []


def test_one_header_without_value_loses_all_raw_records_of_the_poll(played: dict[str, Played]) -> None:
    there = played["p-poisoned"]
    eventually(lambda: there.committed() == {0: 4}, what="the commit")
    assert [one.id for one in there.main.received] == ["good"]
    assert there.dead.received == []


def test_an_unknown_key_type_never_gets_ready_and_says_why(played: dict[str, Played], knative: Knative) -> None:
    assert "invalid value: bogus" in (knative.never_ready("p-bogus") or "")
    assert played["p-bogus"].main.received == []


def test_retry_after_max_never_gets_ready_and_says_why(played: dict[str, Played], knative: Knative) -> None:
    assert "retryAfterMax" in (knative.never_ready("p-retry-after") or "")
    assert played["p-retry-after"].main.received == []
