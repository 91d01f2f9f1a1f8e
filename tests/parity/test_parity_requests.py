"""A record as the request that arrives: to a plain server, and through a Service."""

from tests.kit import eventually
from tests.parity import manifests
from tests.parity.kafka import event
from tests.parity.knative import Manifest
from tests.parity.scenario import Played, Scenario


def _direct(played: Played) -> list[Manifest]:
    delivery = manifests.delivery(f"{played.dead.url}/")
    return [manifests.source(played.name, played.knative.bootstrap, f"{played.main.url}/", delivery=delivery)]


def _function(played: Played) -> list[Manifest]:
    service = manifests.service("recorder", played.knative.python, played.main, {"min-scale": "1"})
    to = manifests.reference("Service", "recorder")
    return [service, manifests.source(played.name, played.knative.bootstrap, to)]


SCENARIOS = [
    Scenario("p-direct", _direct, records=[event("one"), event("two", b'{"answer": {"status": 422}}')]),
    Scenario("p-function", _function, records=[event("one", b'{"n": 1}')]),
]


def test_an_event_arrives_with_its_headers_in_the_order_of_the_dispatcher(played: dict[str, Played]) -> None:
    here = played["p-direct"]
    first = eventually(lambda: here.main.of("one"), what="the event")[0]
    *ordered, one, other, length, host = first.headers
    assert [name for name, _ in ordered] == [
        "user-agent",
        "Prefer",
        "Kn-Namespace",
        "ce-specversion",
        "ce-id",
        "ce-source",
        "ce-type",
        "content-type",
    ]
    assert {one, other} == {("ce-knativekafkapartition", "0"), ("ce-knativekafkaoffset", "0")}
    assert (length, host) == (("content-length", "2"), ("host", here.main.url.removeprefix("http://")))


def test_what_cannot_pass_goes_to_the_dead_letter_sink(played: dict[str, Played]) -> None:
    here = played["p-direct"]
    assert eventually(lambda: here.dead.of("two"), what="the dead letter")[0].fields["ce-knativeerrorcode"] == "422"


def test_an_event_arrives_at_a_function(played: dict[str, Played]) -> None:
    found = eventually(lambda: played["p-function"].main.of("one"), what="the event")[0]
    assert (found.body, found.environment["K_SERVICE"]) == (b'{"n": 1}', "recorder")
