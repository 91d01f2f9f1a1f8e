"""A platform that is there already."""

from collections.abc import Callable

import psycopg
from botocore.exceptions import BotoCoreError, ClientError
from confluent_kafka import KafkaException

from local.platform import buckets, topics
from local.platform.endpoints import RESULTS_BUCKET, UPLOADS_BUCKET, Endpoints
from local.platform.errors import PlatformError


def yours(  # noqa: PLR0913  # one argument per flag and credential of the command
    *, kafka: str, s3: str, s3_access_key: str, s3_secret_key: str, s3_region: str, database: str
) -> Endpoints:
    """These endpoints, each of which has answered."""
    there = Endpoints(
        kafka=kafka,
        s3=s3,
        s3_access_key=s3_access_key,
        s3_secret_key=s3_secret_key,
        s3_region=s3_region,
        database=database,
    )
    _check("--kafka", f"its topics at {kafka}", lambda: topics.check(kafka))
    _check("--s3", f"the buckets {UPLOADS_BUCKET} and {RESULTS_BUCKET} at {s3}", lambda: _see_buckets(there))
    # Not the URL itself, which may hold a password.
    _check("--database", "a connection to its URL", lambda: psycopg.connect(database, connect_timeout=5).close())
    return there


def _see_buckets(there: Endpoints) -> None:
    s3 = buckets.client(there)
    for name in (UPLOADS_BUCKET, RESULTS_BUCKET):
        s3.head_bucket(Bucket=name)


def _check(flag: str, tried: str, ask: Callable[[], object]) -> None:
    try:
        ask()
    except (KafkaException, BotoCoreError, ClientError, psycopg.Error, ValueError) as error:
        tried = f"{flag}: asked for {tried}; the answer: {str(error).strip()}."
        raise PlatformError(f"{tried} Check {flag} and what it names.") from error
