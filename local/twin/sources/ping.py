"""A PingSource: an event to its sink whenever its schedule says so, as Knative's adapter makes and repeats it.

Follows knative/eventing, pkg/adapter/mtping/runner.go, and the HTTP client of cloudevents/sdk-go.
"""

import asyncio
import json
import uuid
from datetime import UTC, datetime
from random import Random

import structlog

from local.manifests.eventing import PingSource
from local.manifests.schedule import seconds_until_next
from local.twin.http import TransportError
from local.twin.mesh import Mesh, url_of
from local.twin.sources.cloudevent import Event
from local.twin.sources.delivery import Sleep
from local.twin.sources.records import Request

log = structlog.get_logger()

_USER_AGENT = ("user-agent", "Go-http-client/1.1")
# Seconds; each pause is twice the one before.
_FIRST_PAUSE, _RETRIES = 0.1, 5
_RETRIED = frozenset({404, 413, 425, 429, 502, 503, 504})
# All sources of a cluster are due at the same second, so each waits for a part of the first half.
_SPREAD_SECONDS = 0.5
_FIT_FOR_HTML = "<>&\u2028\u2029"


def event(source: PingSource, now: datetime) -> Event:
    metadata, spec = source.metadata, source.spec
    attributes = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": f"/apis/v1/namespaces/{metadata.namespace}/pingsources/{metadata.name}",
        "type": "dev.knative.sources.ping",
        "time": f"{now:%Y-%m-%dT%H:%M:%S.%f}".rstrip("0").rstrip(".") + "Z",
        **spec.ce_overrides.extensions,
    }
    data = _data(source)
    if spec.content_type and data is not None:
        attributes["datacontenttype"] = spec.content_type
    return Event(attributes, data)


def _data(source: PingSource) -> bytes | None:
    spec = source.spec
    if spec.data_base64:
        return spec.data_base64.encode()  # the adapter does not decode it either
    if spec.data and spec.content_type == "application/json":
        return _marshalled(spec.data)
    return spec.data.encode() if spec.data else None


def _marshalled(text: str) -> bytes | None:
    """A JSON object as Go writes it: sorted by name at its top, compact, and fit for HTML; `null` is no data."""
    members = json.loads(text)
    if not isinstance(members, dict):
        return None
    written = json.dumps(dict(sorted(members.items())), ensure_ascii=False, separators=(",", ":"))
    for char in _FIT_FOR_HTML:
        written = written.replace(char, f"\\u{ord(char):04x}")
    return written.encode()


async def run(source: PingSource, mesh: Mesh) -> None:
    """Send until cancelled."""
    spread = Random(source.metadata.name)  # noqa: S311  # nothing to guess
    while True:
        await asyncio.sleep(seconds_until_next(source.spec.schedule, source.spec.timezone, datetime.now(UTC)))
        await asyncio.sleep(spread.uniform(0, _SPREAD_SECONDS))
        await send(source, mesh, asyncio.sleep)


async def send(source: PingSource, mesh: Mesh, sleep: Sleep) -> None:
    """One event, repeated while that may help; one that is given up is lost, and the log says so."""
    url = url_of(source.spec.sink, source.metadata.namespace)
    sent = event(source, datetime.now(UTC))
    request = Request((_USER_AGENT, *sent.headers()), sent.data)
    for attempt in range(1 + _RETRIES):
        if attempt:
            await sleep(_FIRST_PAUSE * 2 ** (attempt - 1))
        try:
            answer = await mesh.post(url, request)
        except TransportError as error:
            log.warning("ping.not_delivered", source=source.metadata.name, reason=str(error))
            continue
        if answer.status // 100 == 2:  # noqa: PLR2004  # 2xx
            log.info("ping.delivered", source=source.metadata.name, status=answer.status)
            return
        log.warning("ping.not_delivered", source=source.metadata.name, status=answer.status)
        if answer.status not in _RETRIED:
            break
    log.error("ping.event_lost", source=source.metadata.name)
