"""The route that receives S3 notifications, directly from the store or in a message of Amazon SNS."""

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
# Every client can send a confirmation, so only values in the format of Amazon SNS are logged.
_TOPIC_ARN = re.compile(r"arn:aws[a-z-]{0,16}:sns:[a-z0-9-]{1,32}:[0-9]{1,12}:[A-Za-z0-9_-]{1,256}(\.fifo)?")
_TOKEN = re.compile(r"[0-9a-f]{8,512}")


class SnsConfirmation(BaseModel):
    """A message from SNS that asks the receiver to confirm the start or the end of a subscription."""

    type: str = Field(alias="Type", pattern="^(Subscription|Unsubscribe)Confirmation$")
    topic: str = Field(alias="TopicArn", max_length=512)
    token: str = Field(alias="Token", max_length=4096)


def create_notification_routes(produce: Produce) -> Blueprint:
    """Return the route POST /v1/notifications/s3.

    The route answers 204 after Kafka has acknowledged the notification. It answers 503 if Kafka is down, so that the
    store retries, and 200 to a confirmation of SNS.
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
            # The body is forwarded unchanged, because only intake can check which key candidate exists in the store.
            produce([(UPLOADS, None, body, {})])
        log.info("notification.handled", uploads=len(uploads))
        return Response(status=204)

    return blueprint


def _log_confirmation(confirmation: SnsConfirmation) -> None:
    """Log the values that an operator needs to confirm with the AWS CLI.

    The message also contains a URL that confirms. This URL is never fetched, because any client can send any URL.
    """
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
