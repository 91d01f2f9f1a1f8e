"""The cluster's catalogue of events is that of events/catalogue.py."""

import inspect

import pytest

from events.catalogue import EVENTS
from events.generate import schema
from tests.contract.manifests.built import KNATIVE, built, of

FOUND = of(built(KNATIVE / "event-types"), "EventType")
every_type = pytest.mark.parametrize("event_type", sorted(EVENTS))


def test_no_type_is_missing_and_none_is_of_yesterday() -> None:
    assert FOUND.keys() == EVENTS.keys()


@every_type
def test_a_type_says_what_it_says_in_the_contract(event_type: str) -> None:
    spec = FOUND[event_type]["spec"]

    assert spec["type"] == event_type
    assert spec["schema"] == schema(EVENTS[event_type])["$id"]
    assert spec["description"] == (inspect.getdoc(EVENTS[event_type]) or "").replace("`", "")
    assert spec["description"]
