"""Whether the object store answers, has the buckets, writes what must be new only once, and tells of uploads."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from local.doctor import machine
from local.doctor.address import of_url
from local.doctor.finding import Finding, ok, warning, wrong
from local.platform import buckets
from local.platform.endpoints import RESULTS_BUCKET, UPLOADS_BUCKET, Endpoints

GROUP = "servers"

_NOT_THERE = {"404", "NoSuchBucket", "NotFound"}
_WAS_THERE = {"412", "PreconditionFailed", "409", "ConditionalRequestConflict"}
_CREATED = "s3:ObjectCreated:"


def check(there: Endpoints, remedy: str, *, tells_itself: bool) -> list[Finding]:
    """`remedy` is what to do when it does not answer; `tells_itself` says that it was started so as to tell uploads."""
    try:
        return list(_asked(buckets.client(there), there, remedy, tells_itself=tells_itself))
    except (BotoCoreError, ValueError) as error:
        found = f"does not answer at {of_url(there.s3)}: {type(error).__name__}"
        return [wrong(GROUP, "S3", found, remedy)]


def bucket(s3: Any, name: str) -> Finding:
    """Raises BotoCoreError where nothing answers."""
    try:
        s3.head_bucket(Bucket=name)
    except ClientError as error:
        if _code(error) in _NOT_THERE:
            return wrong(GROUP, f"bucket {name}", "is not there", f"Make it: `aws s3 mb s3://{name}`.")
        return wrong(
            GROUP,
            f"bucket {name}",
            f"is refused ({_code(error)})",
            "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and what these keys may do.",
        )
    return ok(GROUP, f"bucket {name}", "is there")


def conditional(s3: Any) -> Finding:
    """Write an object of no name that anybody knows twice, as readings are written, and remove it."""
    check, name = "conditional writes", {"Bucket": RESULTS_BUCKET, "Key": f"doctor/{uuid4()}"}
    try:
        first, second = _written(s3, name), _written(s3, name)
    finally:
        _remove(s3, name)
    if first is not None:
        found = f"a write with If-None-Match is refused ({first})"
        return wrong(GROUP, check, found, "Let these keys write, in a store that knows conditional writes.")
    if second not in _WAS_THERE:
        advice = "Use a store that honours them: two replicas would else overwrite each other's readings."
        return wrong(GROUP, check, "If-None-Match: * is ignored", advice)
    return ok(GROUP, check, "are honoured")


def notification(s3: Any) -> Finding:
    """Whether anybody is told of what is created in the bucket of uploads."""
    check, later = "notification", "the reconciler finds uploads minutes later"
    try:
        said = s3.get_bucket_notification_configuration(Bucket=UPLOADS_BUCKET)
    except ClientError as error:
        found = f"this store does not say whom it tells ({_code(error)})"
        return ok(GROUP, check, found, "`pagebus submit FILE --wait` shows it: a page comes within seconds.")
    if "EventBridgeConfiguration" in said or any(event.startswith(_CREATED) for event in _events(said)):
        return ok(GROUP, check, "uploads are told")
    return warning(
        GROUP,
        check,
        f"nobody is told of uploads; {later}",
        "Let s3:ObjectCreated:* go to the topic pagebus.uploads, or to the gateway's /v1/notifications/s3.",
    )


def clock(said: dict[str, Any], before: datetime, after: datetime) -> list[Finding]:
    """By the date of an answer, which counts whole seconds."""
    date = said["ResponseMetadata"]["HTTPHeaders"].get("date")
    return [machine.clock("S3", parsedate_to_datetime(date), before.replace(microsecond=0), after)] if date else []


def _asked(s3: Any, there: Endpoints, remedy: str, *, tells_itself: bool) -> Iterator[Finding]:
    before = datetime.now(UTC)
    try:
        said = s3.list_buckets()
    except ClientError as error:  # who may not list may well read and write
        said = error.response
    status = said["ResponseMetadata"]["HTTPStatusCode"]
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        yield wrong(GROUP, "S3", f"answers {status} at {of_url(there.s3)}", remedy)
        return
    yield ok(GROUP, "S3", f"answers at {of_url(there.s3)}")
    yield from clock(said, before, datetime.now(UTC))
    found = [bucket(s3, name) for name in (UPLOADS_BUCKET, RESULTS_BUCKET)]
    yield from found
    uploads, results = (one.state == "ok" for one in found)
    if results:
        yield conditional(s3)
    if uploads:
        yield ok(GROUP, "notification", "started so as to tell of uploads") if tells_itself else notification(s3)


def _written(s3: Any, name: dict[str, str]) -> str | None:
    """The code by which the store refused to write it as new."""
    try:
        s3.put_object(**name, Body=b"", IfNoneMatch="*")
    except ClientError as error:
        return _code(error)
    return None


def _remove(s3: Any, name: dict[str, str]) -> None:
    with suppress(ClientError):  # keys that may not: an empty object stays
        s3.delete_object(**name)


def _events(said: dict[str, Any]) -> Iterator[str]:
    for kind in ("TopicConfigurations", "QueueConfigurations", "LambdaFunctionConfigurations"):
        for configuration in said.get(kind, []):
            yield from configuration["Events"]


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "no code"))
