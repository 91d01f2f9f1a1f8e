"""What the reconciler works with: a database, a store, and a bus that remembers what was said."""

from collections.abc import Callable, Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from events.catalogue import Outcome
from functions.persistence.handler import handle as commit
from functions.persistence.unsaid import forgetting
from functions.reconciler.handler import Rounds
from functions.reconciler.settings import ReconcilerSettings
from functions.runtime.database import Database
from functions.runtime.storage import Storage
from functions.runtime.trace import UNTRACED
from tests.contract.database.reconciler.rounds import TRACEPARENT, Said


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
def said() -> Said:
    return Said()


@pytest.fixture
def upload(settings: ReconcilerSettings) -> Callable[[str], None]:
    client = boto3.client("s3", endpoint_url=settings.aws_endpoint_url, region_name=settings.aws_region)
    for bucket in (settings.uploads_bucket, settings.results_bucket):
        client.create_bucket(Bucket=bucket)
    return lambda key: client.put_object(Bucket=settings.uploads_bucket, Key=key, Body=key.encode())


@pytest.fixture
def rounds(database: Database, settings: ReconcilerSettings, said: Said, upload: object) -> Rounds:
    assert upload
    return Rounds(
        database=database,
        storage=Storage(settings),
        publish=said.publish,
        produce=said.produce,
        topics=said.topics,
        settings=settings,
    )


@pytest.fixture
def take(database: Database) -> Callable[..., None]:
    """Commit outcomes, and publish to nobody."""

    def take(*outcomes: Outcome) -> None:
        say = forgetting(lambda events, trace=UNTRACED: None, database)  # noqa: ARG005  # nobody
        for outcome in outcomes:
            say(commit(outcome, traceparent=TRACEPARENT, database=database).facts)

    return take
