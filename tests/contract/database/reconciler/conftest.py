"""Dependencies of the reconciler: a database, an S3 server and a fake bus."""

from collections.abc import Callable, Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from events.catalogue import Outcome
from functions.reconciler.handler import ReconcilerDependencies
from functions.reconciler.settings import ReconcilerSettings
from functions.runtime.database import Database
from functions.runtime.storage import Storage
from tests.contract.database.reconciler.runs import TRACEPARENT, FakeBus
from tests.contract.database.rows import persist_outcome


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def settings(s3: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> ReconcilerSettings:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    return ReconcilerSettings(
        kafka_bootstrap_servers="nowhere",
        database_url="nowhere",
        aws_endpoint_url=s3,
        uploads_bucket=f"uploads-{abs(hash(request.node.name))}",
        unseen_seconds=0,
    )


@pytest.fixture
def bus() -> FakeBus:
    return FakeBus()


@pytest.fixture
def upload(settings: ReconcilerSettings) -> Callable[[str], None]:
    client = boto3.client("s3", endpoint_url=settings.aws_endpoint_url, region_name=settings.aws_region)
    for bucket in (settings.uploads_bucket, settings.results_bucket):
        client.create_bucket(Bucket=bucket)
    return lambda key: client.put_object(Bucket=settings.uploads_bucket, Key=key, Body=key.encode())


@pytest.fixture
def dependencies(
    database: Database, settings: ReconcilerSettings, bus: FakeBus, upload: object
) -> ReconcilerDependencies:
    assert upload
    return ReconcilerDependencies(
        database=database,
        storage=Storage(settings),
        publish=bus.publish,
        produce=bus.produce,
        list_topics=bus.list_topics,
        settings=settings,
    )


@pytest.fixture
def persist(database: Database) -> Callable[..., None]:
    """Return a function that commits outcomes and empties their outbox rows."""

    def persist(*outcomes: Outcome) -> None:
        for outcome in outcomes:
            persist_outcome(database, outcome, traceparent=TRACEPARENT)

    return persist
