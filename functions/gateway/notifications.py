"""The route for S3 notifications, either directly from the store or in an envelope of Amazon SNS."""

import re
from collections.abc import Callable, Sequence

from flask import Blueprint, Response, request
from pydantic import BaseModel, Field, ValidationError

from events.codec import KafkaRecord
from events.notifications import read_notification
from events.topics import UPLOADS
from functions.runtime.log import get_logger

log = get_logger()

#: Sends records like `Bus.produce` and returns when Kafka has acknowledged them. Raises Unavailable.
Produce = Callable[[Sequence[KafkaRecord]], None]

_CONFIRMATION_HELP = "https://docs.aws.amazon.com/cli/latest/reference/sns/confirm-subscription.html"
# Every client can send a confirmation, so only values in the form of Amazon SNS get into the log.
_TOPIC_ARN = re.compile(r"arn:aws[a-z-]{0,16}:sns:[a-z0-9-]{1,32}:[0-9]{1,12}:[A-Za-z0-9_-]{1,256}(\.fifo)?")
_TOKEN = re.compile(r"[0-9a-f]{8,512}")


class SnsConfirmation(BaseModel):
    """The message that SNS sends once, before it delivers notifications."""

    type: str = Field(alias="Type", pattern="^(Subscription|Unsubscribe)Confirmation$")
    topic: str = Field(alias="TopicArn", max_length=512)
    token: str = Field(alias="Token", max_length=4096)


def create_notification_routes(produce: Produce) -> Blueprint:
    """Return the route POST /v1/notifications/s3.

    It answers 204 when Kafka has acknowledged the uploads, and 503 if Kafka does not answer, so that the store retries.
    """
    blueprint = Blueprint("notifications", __name__, url_prefix="/v1/notifications")

    @blueprint.post("/s3")
    def receive_notification() -> Response:
        body = request.get_data()
        if confirmation := _parse_confirmation(body):
            _log_confirmation(confirmation)
            return Response(status=200)
        uploads = read_notification(body)
        if uploads:
            # Unchanged: intake parses notifications of every store and finds out which key candidate exists.
            produce([(UPLOADS, None, body, {})])
        log.info("notification.handled", uploads=len(uploads))
        return Response(status=204)

    return blueprint


def _log_confirmation(confirmation: SnsConfirmation) -> None:
    """Log what an operator needs to confirm with the AWS CLI. Never fetch the URL: any client can send one."""
    log.warning(
        "sns.confirmation",
        type=confirmation.type,
        topic=_match_or_none(_TOPIC_ARN, confirmation.topic),
        token=_match_or_none(_TOKEN, confirmation.token),
        see=_CONFIRMATION_HELP,
    )


def _match_or_none(pattern: re.Pattern[str], text: str) -> str | None:
    return text if pattern.fullmatch(text) else None


def _parse_confirmation(body: bytes) -> SnsConfirmation | None:
    try:
        return SnsConfirmation.model_validate_json(body)
    except ValidationError:
        return None
