"""Findings about an S3 store."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.doctor import s3
from local.doctor.finding import State
from local.platform.endpoints import RESULTS_BUCKET, Endpoints
from local.platform.state import find_free_port


def build_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "Any")


class Store:
    """S3 client whose store honours conditional writes, or ignores them, or refuses all requests with a code."""

    def __init__(
        self,
        *,
        ignores_conditions: bool = False,
        refusal: str | None = None,
        notification: dict[str, Any] | None = None,
    ) -> None:
        self.keys: set[str] = set()
        self.written: list[str] = []
        self._ignores_conditions, self._refusal, self._notification = ignores_conditions, refusal, notification

    def head_bucket(self, **_: str) -> None:
        self._refuse()

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, IfNoneMatch: str) -> None:  # noqa: N803  # names of boto3
        self._refuse()
        assert (Bucket, Body, IfNoneMatch) == (RESULTS_BUCKET, b"", "*")
        if Key in self.keys and not self._ignores_conditions:
            raise build_error("PreconditionFailed")
        self.keys.add(Key)
        self.written.append(Key)

    def delete_object(self, *, Bucket: str, Key: str) -> None:  # noqa: N803  # names of boto3
        assert Bucket == RESULTS_BUCKET
        self.keys.discard(Key)

    def get_bucket_notification_configuration(self, **_: str) -> dict[str, Any]:
        self._refuse()
        return self._notification or {}

    def _refuse(self) -> None:
        if self._refusal:
            raise build_error(self._refusal)


@pytest.mark.parametrize(
    ("store", "state"),
    [
        (Store(), "ok"),
        (Store(ignores_conditions=True), "wrong"),
        (Store(refusal="NotImplemented"), "wrong"),
        (Store(refusal="PreconditionFailed"), "wrong"),
    ],
)
def test_store_without_conditional_writes_is_wrong(store: Store, state: State) -> None:
    assert s3.check_conditional_writes(store).state == state


def test_test_object_is_no_upload_and_is_removed() -> None:
    store = Store()

    s3.check_conditional_writes(store)

    [key] = store.written
    assert not key.startswith("in/")
    assert store.keys == set()


@pytest.mark.parametrize(
    ("refusal", "state", "advice"),
    [(None, "ok", ""), ("404", "wrong", "aws s3 mb s3://b"), ("403", "wrong", "AWS_SECRET_ACCESS_KEY")],
)
def test_missing_and_refused_buckets_have_different_advice(refusal: str | None, state: State, advice: str) -> None:
    found = s3.check_bucket(Store(refusal=refusal), "b")

    assert found.state == state
    assert advice in found.advice


@pytest.mark.parametrize(
    ("configuration", "state"),
    [
        ({"TopicConfigurations": [{"Events": ["s3:ObjectCreated:*"]}]}, "ok"),
        ({"QueueConfigurations": [{"Events": ["s3:ObjectRemoved:*", "s3:ObjectCreated:Put"]}]}, "ok"),
        ({"EventBridgeConfiguration": {}}, "ok"),
        ({"TopicConfigurations": [{"Events": ["s3:ObjectRemoved:*"]}]}, "warning"),
        ({}, "warning"),
    ],
)
def test_missing_upload_notification_is_a_warning(configuration: dict[str, Any], state: State) -> None:
    assert s3.check_notification(Store(notification=configuration)).state == state


def test_unknown_notification_is_ok_with_a_way_to_test_it() -> None:
    found = s3.check_notification(Store(refusal="NotImplemented"))

    assert found.state == "ok"
    assert "pagebus submit" in found.advice


def test_clock_is_read_from_the_date_header() -> None:
    response = {"ResponseMetadata": {"HTTPHeaders": {"date": "Thu, 01 Jan 2026 12:00:00 GMT"}}}
    now = datetime(2026, 1, 1, 12, 0, 0, 900_000, UTC)

    assert [found.found for found in s3.check_clock(response, now, now)] == ["agrees with the clock of this machine"]
    assert [found.state for found in s3.check_clock(response, now.replace(hour=13), now.replace(hour=13))] == ["wrong"]
    assert s3.check_clock({"ResponseMetadata": {"HTTPHeaders": {}}}, now, now) == []


def test_store_that_answers_503_is_one_finding(serve: Callable[..., str]) -> None:
    url = serve(**{"": (503, None)})

    [found] = s3.check_store(
        Endpoints("", url, "key", "geheim", "us-east-1", ""), "Start it.", has_builtin_notification=False
    )

    assert (found.check, found.state, found.found) == ("S3", "wrong", f"answers 503 at {url}")


def test_absent_store_is_one_finding_without_secrets() -> None:
    url = f"http://user:geheim@127.0.0.1:{find_free_port()}"

    [found] = s3.check_store(
        Endpoints("", url, "key", "geheim", "us-east-1", ""), "Start it.", has_builtin_notification=False
    )

    assert (found.check, found.state, found.advice) == ("S3", "wrong", "Start it.")
    assert "127.0.0.1" in found.found
    assert "geheim" not in found.found
