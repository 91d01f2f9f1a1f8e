"""Buckets of an S3 server, and where it tells about uploads."""

from typing import Any

import boto3
from botocore.config import Config

from local.platform.endpoints import RESULTS_BUCKET, UPLOADS_BUCKET, Endpoints

_SNS_TOPIC = "pagebus-uploads"
# Who waits for a server asks again; path style, because a loopback address has no names for buckets.
_CONFIG = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})


def client(endpoints: Endpoints, service: str = "s3") -> Any:
    """A boto3 client of a service at the S3 endpoint, which asks neither environment nor files for anything."""
    return boto3.session.Session().client(
        service,
        endpoint_url=endpoints.s3,
        aws_access_key_id=endpoints.s3_access_key,
        aws_secret_access_key=endpoints.s3_secret_key,
        region_name=endpoints.s3_region,
        config=_CONFIG,
    )


def make(endpoints: Endpoints) -> None:
    """Raise unless the server answers; make the buckets that it lacks."""
    s3 = client(endpoints)
    there = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    for name in (UPLOADS_BUCKET, RESULTS_BUCKET):
        if name not in there:
            s3.create_bucket(Bucket=name)


def notify(endpoints: Endpoints, url: str | None) -> None:
    """Let every upload be told to `url`, as SNS does, and to nobody else: one outside `in/` is to get its end too."""
    sns = client(endpoints, "sns")
    topic = sns.create_topic(Name=_SNS_TOPIC)["TopicArn"]
    _subscribe(sns, topic, url)
    s3 = client(endpoints)
    if "TopicConfigurations" not in s3.get_bucket_notification_configuration(Bucket=UPLOADS_BUCKET):
        wanted = {"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}
        s3.put_bucket_notification_configuration(
            Bucket=UPLOADS_BUCKET, NotificationConfiguration={"TopicConfigurations": [wanted]}
        )


def _subscribe(sns: Any, topic: str, url: str | None) -> None:
    there = {one["Endpoint"]: one["SubscriptionArn"] for one in sns.list_subscriptions()["Subscriptions"]}
    for endpoint in there.keys() - {url}:
        sns.unsubscribe(SubscriptionArn=there[endpoint])
    if url is not None and url not in there:
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)
