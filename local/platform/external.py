"""A platform that the user runs: its endpoints are checked, and nothing is started."""

from collections.abc import Callable

import psycopg
from botocore.exceptions import BotoCoreError, ClientError
from confluent_kafka import KafkaException

from local.platform import buckets, topics
from local.platform.endpoints import RESULTS_BUCKET, UPLOADS_BUCKET, Endpoints
from local.platform.errors import PlatformError


def verify_endpoints(  # noqa: PLR0913  # one argument per flag and credential of the command
    *, kafka: str, s3: str, s3_access_key: str, s3_secret_key: str, s3_region: str, database: str
) -> Endpoints:
    """Return these endpoints after each server has answered. Raise PlatformError if a server does not answer."""
    endpoints = Endpoints(
        kafka=kafka,
        s3=s3,
        s3_access_key=s3_access_key,
        s3_secret_key=s3_secret_key,
        s3_region=s3_region,
        database=database,
    )
    _check("--kafka", f"list the topics at {kafka}", lambda: topics.check_broker(kafka))
    bucket_names = f"{UPLOADS_BUCKET} and {RESULTS_BUCKET}"
    _check("--s3", f"find the buckets {bucket_names} at {s3}", lambda: _check_buckets(endpoints))
    # The message must not contain the URL, because the URL can contain a password.
    _check("--database", "connect to the URL", lambda: psycopg.connect(database, connect_timeout=5).close())
    return endpoints


def _check_buckets(endpoints: Endpoints) -> None:
    s3 = buckets.create_client(endpoints)
    for name in (UPLOADS_BUCKET, RESULTS_BUCKET):
        s3.head_bucket(Bucket=name)


def _check(flag: str, goal: str, request: Callable[[], object]) -> None:
    """Send a request. If it fails, raise PlatformError with the flag and the goal, which follows "could not"."""
    try:
        request()
    except (KafkaException, BotoCoreError, ClientError, psycopg.Error, ValueError) as error:
        failure = f"{flag}: could not {goal}: {str(error).strip()}."
        raise PlatformError(f"{failure} Check that {flag} is right and that the server runs.") from error
