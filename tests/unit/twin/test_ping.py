"""PingSources: schedule, content and retries."""

import asyncio
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs

from local.manifests.eventing import PingSource
from local.manifests.schedule import compute_seconds_until_next
from local.twin.cluster_network import ClusterNetwork
from local.twin.http_client import HttpResponse, TransportError
from local.twin.sources.ping import build_event, send_event
from local.twin.sources.records import DeliveryRequest

NOW = datetime(2026, 8, 1, 21, 59, 30, tzinfo=UTC)


def build_source(**spec: str) -> PingSource:
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
        ("@hourly", "UTC", 30),
        ("@daily", "Europe/Berlin", 30),
    ],
)
def test_schedule_uses_its_time_zone(schedule: str, timezone: str, seconds: int) -> None:
    assert compute_seconds_until_next(schedule, timezone, NOW) == seconds


def test_event_has_its_source_and_time() -> None:
    found = build_event(build_source(contentType="application/json", data='{"a":1}'), NOW)
    assert found.attributes["type"] == "dev.knative.sources.ping"
    assert found.attributes["source"] == "/apis/v1/namespaces/default/pingsources/tick"
    assert (found.attributes["time"], found.attributes["datacontenttype"]) == (
        "2026-08-01T21:59:30Z",
        "application/json",
    )
    assert found.data == b'{"a":1}'


def test_json_is_written_as_in_go() -> None:
    found = build_event(
        build_source(contentType="application/json", data='{"z": "<gr\u00fc\u00df&>", "a": [1, 2]}'), NOW
    )
    assert (found.data or b"").decode() == '{"a":[1,2],"z":"\\u003cgr\u00fc\u00df\\u0026\\u003e"}'


@pytest.mark.parametrize(
    "spec",
    [
        {"contentType": "application/json", "data": "[1]"},
        {"contentType": "application/json", "data": "{"},
        {"contentType": "application/json", "dataBase64": "W10="},
        {"dataBase64": "a"},
        {"data": "a", "dataBase64": "YQ=="},
    ],
)
def test_invalid_data_is_refused(spec: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        build_source(**spec)


def test_null_is_no_data() -> None:
    found = build_event(build_source(contentType="application/json", data="null"), NOW)
    assert (found.data, "datacontenttype" in found.attributes) == (None, False)


def test_base64_is_sent_undecoded() -> None:
    assert build_event(build_source(contentType="a/b", dataBase64="AAE="), NOW).data == b"AAE="


def test_other_data_is_sent_unchanged() -> None:
    assert build_event(build_source(contentType="text/plain", data="a  b"), NOW).data == b"a  b"


@pytest.mark.parametrize(
    ("answers", "attempts", "said"),
    [
        ([204], 1, "ping.delivered"),
        ([503, 429, 204], 3, "ping.delivered"),
        ([500], 1, "ping.event_lost"),
        ([None, 204], 2, "ping.delivered"),
        ([404], 6, "ping.event_lost"),
    ],
    ids=["taken", "taken later", "refused", "unreachable at first", "never there"],
)
def test_failed_event_is_retried_five_times_then_logged(answers: list[int | None], attempts: int, said: str) -> None:
    told: list[int] = []

    async def handler(_target: str, _request: DeliveryRequest) -> HttpResponse:
        status = answers[min(len(told), len(answers) - 1)]
        told.append(status or 0)
        if status is None:
            raise TransportError("refused")
        return HttpResponse(status)

    async def no_sleep(_seconds: float) -> None: ...

    mesh = ClusterNetwork()
    mesh.add_host("x", handler)
    with capture_logs() as logs:
        asyncio.run(send_event(build_source(), mesh, no_sleep))
    assert len(told) == attempts
    assert logs[-1]["event"] == said


def test_events_have_different_ids() -> None:
    assert build_event(build_source(), NOW).attributes["id"] != build_event(build_source(), NOW).attributes["id"]


@pytest.mark.parametrize("schedule", ["sometimes", "@every", "@every 0s", "@every 5", "*/5 * * * * *", "@often"])
def test_invalid_schedule_is_refused(schedule: str) -> None:
    with pytest.raises(ValueError, match="is no schedule"):
        build_source(schedule=schedule)
