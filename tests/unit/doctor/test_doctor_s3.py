"""A store is judged by what it does, not by what it is called."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.doctor import s3
from local.doctor.finding import State
from local.platform.endpoints import RESULTS_BUCKET, Endpoints
from local.platform.state import free_port


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "Any")


class Store:
    """Keeps keys, as stores do that know conditional writes or, being `deaf`, do not."""

    def __init__(self, *, deaf: bool = False, refused: str | None = None, told: dict[str, Any] | None = None) -> None:
        self.keys: set[str] = set()
        self.written: list[str] = []
        self._deaf, self._refused, self._told = deaf, refused, told

    def head_bucket(self, **_: str) -> None:
        self._refuse()

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, IfNoneMatch: str) -> None:  # noqa: N803  # boto3's
        self._refuse()
        assert (Bucket, Body, IfNoneMatch) == (RESULTS_BUCKET, b"", "*")
        if Key in self.keys and not self._deaf:
            raise refusal("PreconditionFailed")
        self.keys.add(Key)
        self.written.append(Key)

    def delete_object(self, *, Bucket: str, Key: str) -> None:  # noqa: N803  # boto3's
        assert Bucket == RESULTS_BUCKET
        self.keys.discard(Key)

    def get_bucket_notification_configuration(self, **_: str) -> dict[str, Any]:
        self._refuse()
        return self._told or {}

    def _refuse(self) -> None:
        if self._refused:
            raise refusal(self._refused)


@pytest.mark.parametrize(
    ("store", "state"),
    [
        (Store(), "ok"),
        (Store(deaf=True), "wrong"),
        (Store(refused="NotImplemented"), "wrong"),
        (Store(refused="PreconditionFailed"), "wrong"),
    ],
)
def test_a_store_that_writes_the_same_key_twice_as_new_is_wrong(store: Store, state: State) -> None:
    assert s3.conditional(store).state == state


def test_what_was_written_to_try_is_removed_and_is_no_upload() -> None:
    store = Store()

    s3.conditional(store)

    [key] = store.written
    assert not key.startswith("in/")
    assert store.keys == set()


@pytest.mark.parametrize(
    ("refused", "state", "advice"),
    [(None, "ok", ""), ("404", "wrong", "aws s3 mb s3://b"), ("403", "wrong", "AWS_SECRET_ACCESS_KEY")],
)
def test_a_bucket_that_is_missing_is_told_from_one_that_is_refused(
    refused: str | None, state: State, advice: str
) -> None:
    found = s3.bucket(Store(refused=refused), "b")

    assert found.state == state
    assert advice in found.advice


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({"TopicConfigurations": [{"Events": ["s3:ObjectCreated:*"]}]}, "ok"),
        ({"QueueConfigurations": [{"Events": ["s3:ObjectRemoved:*", "s3:ObjectCreated:Put"]}]}, "ok"),
        ({"EventBridgeConfiguration": {}}, "ok"),
        ({"TopicConfigurations": [{"Events": ["s3:ObjectRemoved:*"]}]}, "warning"),
        ({}, "warning"),
    ],
)
def test_uploads_that_nobody_is_told_of_are_a_warning(told: dict[str, Any], state: State) -> None:
    assert s3.notification(Store(told=told)).state == state


def test_a_store_that_does_not_say_whom_it_tells_is_no_trouble() -> None:
    found = s3.notification(Store(refused="NotImplemented"))

    assert found.state == "ok"
    assert "pagebus submit" in found.advice


def test_the_date_of_an_answer_is_the_store_s_clock() -> None:
    said = {"ResponseMetadata": {"HTTPHeaders": {"date": "Thu, 01 Jan 2026 12:00:00 GMT"}}}
    now = datetime(2026, 1, 1, 12, 0, 0, 900_000, UTC)

    assert [found.found for found in s3.clock(said, now, now)] == ["agree"]
    assert [found.state for found in s3.clock(said, now.replace(hour=13), now.replace(hour=13))] == ["wrong"]
    assert s3.clock({"ResponseMetadata": {"HTTPHeaders": {}}}, now, now) == []


def test_a_store_that_is_ill_is_one_finding_with_what_it_answers(serve: Callable[..., str]) -> None:
    url = serve(**{"": (503, None)})

    [found] = s3.check(Endpoints("", url, "key", "geheim", "us-east-1", ""), "Start it.", tells_itself=False)

    assert (found.check, found.state, found.found) == ("S3", "wrong", f"answers 503 at {url}")


def test_a_store_that_is_away_is_one_finding_that_shows_no_secret() -> None:
    url = f"http://user:geheim@127.0.0.1:{free_port()}"

    [found] = s3.check(Endpoints("", url, "key", "geheim", "us-east-1", ""), "Start it.", tells_itself=False)

    assert (found.check, found.state, found.advice) == ("S3", "wrong", "Start it.")
    assert "127.0.0.1" in found.found
    assert "geheim" not in found.found
