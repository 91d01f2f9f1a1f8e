"""The topics that KafkaTopic resources ask for."""

from collections.abc import Iterable

import structlog

from local.platform import topics
from local.platform.topics import Topic
from local.twin.cluster import KafkaTopic

log = structlog.get_logger()

_SECONDS = 15.0


def make(resources: Iterable[KafkaTopic], servers: str) -> None:
    """Ask for every topic that is missing; raises KafkaException when the broker does not answer."""
    for name, refusal in topics.make(servers, map(asked, resources), _SECONDS).items():
        log.warning("topic.not_made", topic=name, reason=refusal.args[0].str())


def asked(resource: KafkaTopic) -> Topic:
    """What the resource asks for."""
    spec = resource.spec
    config = {name: _text(value) for name, value in spec.config.items()}
    return Topic(resource.topic, spec.partitions, spec.replicas, config)


def _text(value: str | int | bool) -> str:  # noqa: FBT001  # a value of YAML
    return str(value).lower() if isinstance(value, bool) else str(value)
