"""Checks whether the S3 store answers, has the buckets, supports conditional writes and notifies of uploads."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from local.doctor import machine
from local.doctor.address import redact_url
from local.doctor.finding import Finding, report_ok, report_warning, report_wrong
from local.platform import buckets
from local.platform.endpoints import RESULTS_BUCKET, UPLOADS_BUCKET, Endpoints

GROUP = "servers"

_MISSING_CODES = {"404", "NoSuchBucket", "NotFound"}
_PRECONDITION_CODES = {"412", "PreconditionFailed", "409", "ConditionalRequestConflict"}
_CREATED_EVENTS = "s3:ObjectCreated:"


def check_store(endpoints: Endpoints, remedy: str, *, has_builtin_notification: bool) -> list[Finding]:
    """Return findings about the S3 store at these endpoints.

    `remedy` is the advice for a store that does not answer. `has_builtin_notification` means that the store was started
    with an option to notify of uploads, which its API does not report.
    """
    try:
        client = buckets.create_client(endpoints)
        return list(_run_checks(client, endpoints, remedy, has_builtin_notification=has_builtin_notification))
    except (BotoCoreError, ValueError) as error:
        found = f"does not answer at {redact_url(endpoints.s3)}: {type(error).__name__}"
        return [report_wrong(GROUP, "S3", found, remedy)]


def check_bucket(client: Any, bucket: str) -> Finding:
    """Return a finding about whether the bucket exists and its access is allowed.

    Raise BotoCoreError if the store does not answer.
    """
    check = f"bucket {bucket}"
    try:
        client.head_bucket(Bucket=bucket)
    except ClientError as error:
        if _get_code(error) in _MISSING_CODES:
            return report_wrong(GROUP, check, "does not exist", f"Create it: `aws s3 mb s3://{bucket}`.")
        found = f"access is refused ({_get_code(error)})"
        advice = "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and the permissions of these keys."
        return report_wrong(GROUP, check, found, advice)
    return report_ok(GROUP, check, "exists")


def check_conditional_writes(client: Any) -> Finding:
    """Write an object twice with `If-None-Match: *`, and return a finding about whether only the second write failed.

    Engines store readings with this header. The object has a random key in the bucket of results, and is removed again.
    """
    check, location = "conditional writes", {"Bucket": RESULTS_BUCKET, "Key": f"doctor/{uuid4()}"}
    try:
        first_refusal, second_refusal = _write_object(client, location), _write_object(client, location)
    finally:
        _remove_object(client, location)
    if first_refusal is not None:
        found = f"a write with If-None-Match is refused ({first_refusal})"
        return report_wrong(
            GROUP, check, found, "Allow these keys to write, and use a store that supports conditional writes."
        )
    if second_refusal not in _PRECONDITION_CODES:
        advice = "Use a store that supports it. Otherwise two replicas overwrite each other's readings."
        return report_wrong(GROUP, check, "the store ignores If-None-Match: *", advice)
    return report_ok(GROUP, check, "are supported")


def check_notification(client: Any) -> Finding:
    """Return a finding about whether the store sends a notification for each new object in the bucket of uploads."""
    check = "notification"
    try:
        configuration = client.get_bucket_notification_configuration(Bucket=UPLOADS_BUCKET)
    except ClientError as error:
        found = f"this store does not report where it sends notifications ({_get_code(error)})"
        advice = "Test it with `pagebus submit FILE --wait`: the first page arrives within seconds."
        return report_ok(GROUP, check, found, advice)
    events = _list_events(configuration)
    if "EventBridgeConfiguration" in configuration or any(event.startswith(_CREATED_EVENTS) for event in events):
        return report_ok(GROUP, check, "is configured for uploads")
    return report_warning(
        GROUP,
        check,
        "is not configured for uploads, so that the reconciler finds them only minutes later",
        "Send s3:ObjectCreated:* to the topic pagebus.uploads, or to /v1/notifications/s3 of the gateway.",
    )


def check_clock(response: dict[str, Any], before: datetime, after: datetime) -> list[Finding]:
    """Return a finding about the store's clock, from the Date header of a response, or none if the header is missing.

    The request was sent at `before`, and the response arrived at `after`. The header has a resolution of one second.
    """
    date = response["ResponseMetadata"]["HTTPHeaders"].get("date")
    if not date:
        return []
    return [machine.check_clock("S3", parsedate_to_datetime(date), before.replace(microsecond=0), after)]


def _run_checks(client: Any, endpoints: Endpoints, remedy: str, *, has_builtin_notification: bool) -> Iterator[Finding]:
    before = datetime.now(UTC)
    try:
        response = client.list_buckets()
    except ClientError as error:  # keys without the right to list buckets may still read and write objects
        response = error.response
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        yield report_wrong(GROUP, "S3", f"answers {status} at {redact_url(endpoints.s3)}", remedy)
        return
    yield report_ok(GROUP, "S3", f"answers at {redact_url(endpoints.s3)}")
    yield from check_clock(response, before, datetime.now(UTC))
    uploads, results = (check_bucket(client, bucket) for bucket in (UPLOADS_BUCKET, RESULTS_BUCKET))
    yield from (uploads, results)
    if results.state == "ok":
        yield check_conditional_writes(client)
    if uploads.state == "ok" and has_builtin_notification:
        yield report_ok(GROUP, "notification", "the store was started with notifications for uploads")
    elif uploads.state == "ok":
        yield check_notification(client)


def _write_object(client: Any, location: dict[str, str]) -> str | None:
    """Write a new, empty object. Return the error code if the store refuses the object, else None."""
    try:
        client.put_object(**location, Body=b"", IfNoneMatch="*")
    except ClientError as error:
        return _get_code(error)
    return None


def _remove_object(client: Any, location: dict[str, str]) -> None:
    with suppress(ClientError):  # keys without the right to delete leave an empty object behind
        client.delete_object(**location)


def _list_events(configuration: dict[str, Any]) -> Iterator[str]:
    """Yield the event types for which the store notifies a topic, a queue or a function."""
    for kind in ("TopicConfigurations", "QueueConfigurations", "LambdaFunctionConfigurations"):
        for target in configuration.get(kind, []):
            yield from target["Events"]


def _get_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "no code"))
