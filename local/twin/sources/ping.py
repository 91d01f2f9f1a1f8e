"""PingSources: they send an event to a sink on a schedule, with the content and retries of Knative's adapter.

Follows knative/eventing, pkg/adapter/mtping/runner.go, and the HTTP client of cloudevents/sdk-go.
"""

import asyncio
import json
import uuid
from datetime import UTC, datetime
from random import Random

import structlog

from local.manifests.eventing import PingSource
from local.manifests.schedule import compute_seconds_until_next
from local.twin.cluster_network import ClusterNetwork, resolve_url
from local.twin.http_client import TransportError
from local.twin.sources.cloudevent import CloudEvent
from local.twin.sources.delivery import Sleep
from local.twin.sources.records import DeliveryRequest

log = structlog.get_logger()

_USER_AGENT = ("user-agent", "Go-http-client/1.1")
# The pause before the first retry in seconds, and the number of retries. Each further pause is twice as long.
_FIRST_PAUSE, _RETRIES = 0.1, 5
_RETRIED_STATUSES = frozenset({404, 413, 425, 429, 502, 503, 504})
# Many sources are due in the same second. To spread their events, each source waits up to this time, chosen at random.
_SPREAD_SECONDS = 0.5
_HTML_ESCAPED = "<>&\u2028\u2029"


def build_event(source: PingSource, now: datetime) -> CloudEvent:
    """Return the event that a source sends at the time `now`."""
    metadata, spec = source.metadata, source.spec
    attributes = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": f"/apis/v1/namespaces/{metadata.namespace}/pingsources/{metadata.name}",
        "type": "dev.knative.sources.ping",
        "time": f"{now:%Y-%m-%dT%H:%M:%S.%f}".rstrip("0").rstrip(".") + "Z",
        **spec.ce_overrides.extensions,
    }
    data = _build_data(source)
    if spec.content_type and data is not None:
        attributes["datacontenttype"] = spec.content_type
    return CloudEvent(attributes, data)


def _build_data(source: PingSource) -> bytes | None:
    spec = source.spec
    if spec.data_base64:
        return spec.data_base64.encode()  # as in Knative's adapter, this value is not decoded
    if spec.data and spec.content_type == "application/json":
        return _marshal_json(spec.data)
    return spec.data.encode() if spec.data else None


def _marshal_json(text: str) -> bytes | None:
    """Return a JSON object as Go writes it: compact, top-level names sorted, and HTML characters escaped.

    Return None if the JSON is `null`, because the event then has no data.
    """
    members = json.loads(text)
    if not isinstance(members, dict):
        return None
    escaped = json.dumps(dict(sorted(members.items())), ensure_ascii=False, separators=(",", ":"))
    for char in _HTML_ESCAPED:
        escaped = escaped.replace(char, f"\\u{ord(char):04x}")
    return escaped.encode()


async def run_source(source: PingSource, network: ClusterNetwork) -> None:
    """Send an event at each time of the schedule, until cancelled."""
    spread = Random(source.metadata.name)  # noqa: S311  # no secret depends on it
    while True:
        await asyncio.sleep(compute_seconds_until_next(source.spec.schedule, source.spec.timezone, datetime.now(UTC)))
        await asyncio.sleep(spread.uniform(0, _SPREAD_SECONDS))
        await send_event(source, network, asyncio.sleep)


async def send_event(source: PingSource, network: ClusterNetwork, sleep: Sleep) -> None:
    """Send one event, and retry after errors that may be temporary. Log an error if the event is lost."""
    url = resolve_url(source.spec.sink, source.metadata.namespace)
    event = build_event(source, datetime.now(UTC))
    request = DeliveryRequest((_USER_AGENT, *event.as_headers()), event.data)
    for attempt in range(1 + _RETRIES):
        if attempt:
            await sleep(_FIRST_PAUSE * 2 ** (attempt - 1))
        try:
            response = await network.post(url, request)
        except TransportError as error:
            log.warning("ping.not_delivered", source=source.metadata.name, reason=str(error))
            continue
        if response.status // 100 == 2:  # noqa: PLR2004  # 2xx
            log.info("ping.delivered", source=source.metadata.name, status=response.status)
            return
        log.warning("ping.not_delivered", source=source.metadata.name, status=response.status)
        if response.status not in _RETRIED_STATUSES:
            break
    log.error("ping.event_lost", source=source.metadata.name)
