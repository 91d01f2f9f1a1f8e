"""When a PingSource sends, and what."""

from datetime import UTC, datetime

import pytest

from local.twin.eventing import PingSource
from local.twin.ping import event
from local.twin.schedule import seconds_until_next

NOW = datetime(2026, 8, 1, 21, 59, 30, tzinfo=UTC)


def source(**spec: str) -> PingSource:
    return PingSource.model_validate(
        {
            "apiVersion": "sources.knative.dev/v1",
            "kind": "PingSource",
            "metadata": {"name": "tick"},
            "spec": {"schedule": "* * * * *", "sink": {"uri": "http://x/"}, **spec},
        }
    )


@pytest.mark.parametrize(
    ("schedule", "timezone", "seconds"),
    [
        ("* * * * *", "UTC", 30),
        ("0 0 * * *", "Europe/Berlin", 30),
        ("0 0 * * *", "UTC", 7230),
        ("@every 1h30m", "UTC", 5400),
    ],
)
def test_a_schedule_is_kept_in_its_time_zone(schedule: str, timezone: str, seconds: int) -> None:
    assert seconds_until_next(schedule, timezone, NOW) == seconds


def test_an_event_says_where_it_comes_from() -> None:
    found = event(source(contentType="application/json", data='{"a":1}'), NOW)
    assert found.attributes["type"] == "dev.knative.sources.ping"
    assert found.attributes["source"] == "/apis/v1/namespaces/default/pingsources/tick"
    assert (found.attributes["time"], found.attributes["datacontenttype"]) == (
        "2026-08-01T21:59:30Z",
        "application/json",
    )
    assert found.data == b'{"a":1}'


def test_no_two_events_have_the_same_id() -> None:
    assert event(source(), NOW).attributes["id"] != event(source(), NOW).attributes["id"]


@pytest.mark.parametrize("schedule", ["sometimes", "@every", "@every 0s", "@every 5"])
def test_what_is_no_schedule_is_refused(schedule: str) -> None:
    with pytest.raises(ValueError, match="is no schedule"):
        source(schedule=schedule)
