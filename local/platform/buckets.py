"""Buckets of an S3 server, and notifications of uploads."""

from typing import Any

import boto3
from botocore.config import Config

from local.platform.endpoints import RESULTS_BUCKET, UPLOADS_BUCKET, Endpoints

_SNS_TOPIC = "pagebus-uploads"
# No retries, because callers that wait for a server retry themselves.
# Path style, because a loopback address has no host names for buckets.
_CONFIG = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})


def create_client(endpoints: Endpoints, service: str = "s3") -> Any:
    """Return a boto3 client of `service` at the S3 endpoint. AWS variables and configuration files have no effect."""
    return boto3.session.Session().client(
        service,
        endpoint_url=endpoints.s3,
        aws_access_key_id=endpoints.s3_access_key,
        aws_secret_access_key=endpoints.s3_secret_key,
        region_name=endpoints.s3_region,
        config=_CONFIG,
    )


def create_missing_buckets(endpoints: Endpoints) -> None:
    """Create the buckets that the server lacks. Raise BotoCoreError or ClientError if the server does not answer."""
    s3 = create_client(endpoints)
    existing = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    for name in (UPLOADS_BUCKET, RESULTS_BUCKET):
        if name not in existing:
            s3.create_bucket(Bucket=name)


def set_notification_url(endpoints: Endpoints, url: str | None) -> None:
    """Let the S3 server send an SNS notification of every upload to `url` only; None turns notifications off.

    Uploads outside `in/` are included, because these uploads must also reach a terminal state.
    """
    sns = create_client(endpoints, "sns")
    topic = sns.create_topic(Name=_SNS_TOPIC)["TopicArn"]
    _replace_subscriptions(sns, topic, url)
    s3 = create_client(endpoints)
    if "TopicConfigurations" not in s3.get_bucket_notification_configuration(Bucket=UPLOADS_BUCKET):
        configuration = {"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}
        s3.put_bucket_notification_configuration(
            Bucket=UPLOADS_BUCKET, NotificationConfiguration={"TopicConfigurations": [configuration]}
        )


def _replace_subscriptions(sns: Any, topic: str, url: str | None) -> None:
    subscriptions = {
        subscription["Endpoint"]: subscription["SubscriptionArn"]
        for subscription in sns.list_subscriptions()["Subscriptions"]
    }
    for endpoint in subscriptions.keys() - {url}:
        sns.unsubscribe(SubscriptionArn=subscriptions[endpoint])
    if url is not None and url not in subscriptions:
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)
