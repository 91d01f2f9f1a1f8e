"""The EventTypes of a cluster are those of events/catalogue.py."""

import inspect

import pytest

from events.catalogue import EVENTS_BY_TYPE
from events.generate import build_schema
from tests.contract.manifests.builds import KNATIVE, build, select

EVENT_TYPES = select(build(KNATIVE / "event-types"), "EventType")
every_type = pytest.mark.parametrize("event_type", sorted(EVENTS_BY_TYPE))


def test_event_types_are_those_of_the_catalogue() -> None:
    assert EVENT_TYPES.keys() == EVENTS_BY_TYPE.keys()


@every_type
def test_event_type_matches_its_class(event_type: str) -> None:
    spec = EVENT_TYPES[event_type]["spec"]

    assert spec["type"] == event_type
    assert spec["schema"] == build_schema(EVENTS_BY_TYPE[event_type])["$id"]
    assert spec["description"] == (inspect.getdoc(EVENTS_BY_TYPE[event_type]) or "").replace("`", "")
    assert spec["description"]
