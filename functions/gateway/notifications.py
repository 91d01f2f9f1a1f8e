"""S3 notifications over HTTP: as the store writes them, or inside Amazon SNS's envelope."""

import re
from collections.abc import Callable, Sequence

import structlog
from flask import Blueprint, Response, request
from pydantic import BaseModel, Field, ValidationError

from events.notifications import read_notification
from events.topics import UPLOADS

log = structlog.get_logger()

#: As `Bus.produce`: (topic, key, value, headers), acknowledged on return. Raises Unavailable.
Produce = Callable[[Sequence[tuple[str, str | None, bytes, dict[str, bytes]]]], None]


_HOW_TO_CONFIRM = "https://docs.aws.amazon.com/cli/latest/reference/sns/confirm-subscription.html"
#: Anyone may send a confirmation, so only what looks like one of Amazon SNS's gets into the log.
_TOPIC = re.compile(r"arn:aws[a-z-]{0,16}:sns:[a-z0-9-]{1,32}:[0-9]{1,12}:[A-Za-z0-9_-]{1,256}(\.fifo)?")
_TOKEN = re.compile(r"[0-9a-f]{8,512}")


class Subscription(BaseModel):
    """What SNS sends once, before it delivers anything."""

    type: str = Field(alias="Type", pattern="^(Subscription|Unsubscribe)Confirmation$")
    topic: str = Field(alias="TopicArn", max_length=512)
    token: str = Field(alias="Token", max_length=4096)


def routes(produce: Produce) -> Blueprint:
    """POST /v1/notifications/s3: 204 once Kafka holds what is to be read, 503 so that the store tries again."""
    blueprint = Blueprint("notifications", __name__, url_prefix="/v1/notifications")

    @blueprint.post("/s3")
    def notified() -> Response:
        body = request.get_data()
        subscription = _subscription(body)
        if subscription:
            # The URL inside is never fetched: anyone may send one. People confirm, with these two and the AWS CLI.
            topic, token = _like(_TOPIC, subscription.topic), _like(_TOKEN, subscription.token)
            log.warning("sns.confirmation", type=subscription.type, topic=topic, token=token, see=_HOW_TO_CONFIRM)
            return Response(status=200)
        uploads = read_notification(body)
        if uploads:
            # As it came: intake reads every store's notification, and looks up which reading of a key is true.
            produce([(UPLOADS, None, body, {})])
        log.info("notification.handled", uploads=len(uploads))
        return Response(status=204)

    return blueprint


def _like(pattern: re.Pattern[str], said: str) -> str | None:
    return said if pattern.fullmatch(said) else None


def _subscription(body: bytes) -> Subscription | None:
    try:
        return Subscription.model_validate_json(body)
    except ValidationError:
        return None
