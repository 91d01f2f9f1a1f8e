"""A PingSource: an event to its sink whenever its schedule says so."""

import asyncio
import uuid
from datetime import UTC, datetime

import structlog

from local.twin.cloudevent import Event
from local.twin.eventing import PingSource
from local.twin.http import TransportError
from local.twin.mesh import Mesh, url_of
from local.twin.records import Request
from local.twin.schedule import seconds_until_next

log = structlog.get_logger()


def event(source: PingSource, now: datetime) -> Event:
    metadata, spec = source.metadata, source.spec
    attributes = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": f"/apis/v1/namespaces/{metadata.namespace}/pingsources/{metadata.name}",
        "type": "dev.knative.sources.ping",
        "time": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        **spec.ce_overrides.extensions,
    }
    if spec.content_type:
        attributes["datacontenttype"] = spec.content_type
    return Event(attributes, spec.data.encode() if spec.data else None)


async def run(source: PingSource, mesh: Mesh) -> None:
    """Send until cancelled; an event that fails is logged and not repeated, the next one comes by itself."""
    url = url_of(source.spec.sink, source.metadata.namespace)
    while True:
        await asyncio.sleep(seconds_until_next(source.spec.schedule, source.spec.timezone, datetime.now(UTC)))
        sent = event(source, datetime.now(UTC))
        try:
            answer = await mesh.post(url, Request(tuple(sent.headers()), sent.data))
        except TransportError as error:
            log.warning("ping.not_delivered", source=source.metadata.name, reason=str(error))
        else:
            log.info("ping.delivered", source=source.metadata.name, status=answer.status)
