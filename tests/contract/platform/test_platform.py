"""Tests of what functions use of both kinds of platform."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from botocore.exceptions import ClientError

from local.platform import topics
from local.platform.endpoints import RESULTS_BUCKET, UPLOADS_BUCKET
from local.platform.errors import PlatformError
from local.platform.external import verify_endpoints
from local.platform.lifecycle import (
    find_running_platform,
    find_server_pid,
    start_platform,
    start_server_by_name,
    stop_platform,
    stop_server_by_name,
)
from local.platform.state import PlatformKind, find_free_port
from local.platform.topics import Topic
from tests.contract.platform.platform_under_test import (
    TOPICS,
    PlatformUnderTest,
    Recorder,
    execute_sql,
    produce_record,
    read_topic,
    wait_until,
)

SERVERS = ("kafka", "s3", "postgres")
DIFFICULT_KEYS = ("in/acme/Größe & b+c 100%.png", "in/acme/%2B+ +.png")


@pytest.fixture(scope="module", params=get_args(PlatformKind))
def platform(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlatformUnderTest]:
    recorder = Recorder()
    recorder.start()
    started = PlatformUnderTest(request.param, tmp_path_factory.mktemp(request.param), recorder)
    started.start()
    yield started
    stop_platform(started.home)
    recorder.stop()


def _get_pids(home: Path) -> dict[str, int | None]:
    return {name: find_server_pid(home, name) for name in SERVERS}


def test_record_is_consumed_with_its_headers(platform: PlatformUnderTest) -> None:
    produce_record(platform.endpoints.kafka, "pagebus.outcomes", "Straße", {"ce_type": b"t", "ce_id": "ß".encode()})
    record = read_topic(platform.endpoints.kafka, "pagebus.outcomes")[-1]
    assert record.value() == "Straße".encode()
    assert record.headers() == [("ce_type", b"t"), ("ce_id", "ß".encode())]


def test_conditional_write_creates_an_object_once(platform: PlatformUnderTest) -> None:
    arguments = {"Bucket": RESULTS_BUCKET, "Key": "readings/one.json", "IfNoneMatch": "*"}
    platform.s3.put_object(Body=b"first", **arguments)
    with pytest.raises(ClientError) as refusal:
        platform.s3.put_object(Body=b"second", **arguments)
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert platform.s3.get_object(Bucket=RESULTS_BUCKET, Key="readings/one.json")["Body"].read() == b"first"


@pytest.mark.parametrize("key", DIFFICULT_KEYS)
def test_upload_is_stored_and_notified_under_its_key(platform: PlatformUnderTest, key: str) -> None:
    platform.s3.put_object(Bucket=UPLOADS_BUCKET, Key=key, Body=b"page", Metadata={"pagebus-languages": "deu"})
    head = platform.s3.head_object(Bucket=UPLOADS_BUCKET, Key=key)
    assert (head["ContentLength"], head["Metadata"]) == (4, {"pagebus-languages": "deu"})
    assert platform.s3.get_object(Bucket=UPLOADS_BUCKET, Key=key)["Body"].read() == b"page"
    wait_until(lambda: key in platform.list_notified_keys(), "the notification")


def test_multipart_upload_is_notified(platform: PlatformUnderTest) -> None:
    upload = {"Bucket": UPLOADS_BUCKET, "Key": "in/acme/book.pdf"}
    identifiers = upload | {"UploadId": platform.s3.create_multipart_upload(**upload)["UploadId"]}
    part = platform.s3.upload_part(Body=b"x" * 1000, PartNumber=1, **identifiers)
    parts = {"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]}
    platform.s3.complete_multipart_upload(MultipartUpload=parts, **identifiers)
    wait_until(lambda: "in/acme/book.pdf" in platform.list_notified_keys(), "the notification")


def test_removal_is_not_notified(platform: PlatformUnderTest) -> None:
    for key in ("in/acme/removed.png", "in/acme/after.png"):
        platform.s3.put_object(Bucket=UPLOADS_BUCKET, Key=key, Body=b"page")
        platform.s3.delete_object(Bucket=UPLOADS_BUCKET, Key=key)
    wait_until(lambda: "in/acme/after.png" in platform.list_notified_keys(), "the notification")
    assert platform.list_notified_keys().count("in/acme/removed.png") == 1


@pytest.mark.parametrize("platform", ["real"], indirect=True)
def test_deleted_topic_is_gone_and_others_remain(platform: PlatformUnderTest) -> None:
    broker = platform.endpoints.kafka
    topics.ensure_topics(broker, [Topic("pagebus.pages.absent")])
    produce_record(broker, "pagebus.pages.absent", "waits", {})

    assert topics.delete_topics(broker, ["pagebus.pages.absent", "pagebus.pages.never"]) == ["pagebus.pages.absent"]

    wait_until(
        lambda: "pagebus.pages.absent" not in topics.load_cluster_metadata(broker).partitions,
        "the deletion of the topic",
    )
    assert "pagebus.outcomes" in topics.load_cluster_metadata(broker).partitions
    assert topics.delete_topics(broker, ["pagebus.pages.absent"]) == []


def test_database_stores_umlauts(platform: PlatformUnderTest) -> None:
    assert execute_sql(platform.endpoints, "SELECT 'Größe', upper('ä'), current_database()") == [
        ("Größe", "Ä", "pagebus")
    ]


def test_second_start_changes_nothing(platform: PlatformUnderTest) -> None:
    pids, endpoints = _get_pids(platform.home), platform.endpoints
    assert platform.start() == endpoints
    assert _get_pids(platform.home) == pids


@pytest.mark.parametrize("name", SERVERS)
def test_killed_server_is_restarted_by_start(platform: PlatformUnderTest, name: str) -> None:
    before = _get_pids(platform.home)
    os.kill(before[name] or 0, signal.SIGKILL)
    platform.start()
    after = _get_pids(platform.home)
    assert after[name] not in {before[name], None}
    assert {other: pid for other, pid in after.items() if other != name} == {
        other: pid for other, pid in before.items() if other != name
    }
    platform.s3.head_bucket(Bucket=UPLOADS_BUCKET)
    execute_sql(platform.endpoints, "SELECT")
    produce_record(platform.endpoints.kafka, "pagebus.outcomes", "again", {})


def test_restarted_postgres_has_its_port_and_data(platform: PlatformUnderTest) -> None:
    endpoints = platform.endpoints
    execute_sql(endpoints, "CREATE TABLE kept AS SELECT 7 AS number")
    stop_server_by_name(platform.home, "postgres")
    assert find_running_platform(platform.home) is None
    start_server_by_name(platform.home, "postgres")
    assert platform.endpoints == endpoints
    assert execute_sql(endpoints, "SELECT number FROM kept") == [(7,)]


def test_endpoints_that_answer_are_accepted(platform: PlatformUnderTest) -> None:
    endpoints = platform.endpoints
    assert verify_endpoints(**vars(endpoints)) == endpoints


@pytest.mark.parametrize(
    ("flag", "field", "silent"),
    [
        ("--kafka", "kafka", "127.0.0.1:{}"),
        ("--s3", "s3", "http://127.0.0.1:{}"),
        ("--database", "database", "postgresql://postgres@127.0.0.1:{}/pagebus"),
    ],
)
def test_error_names_the_flag_of_a_silent_endpoint(
    platform: PlatformUnderTest, flag: str, field: str, silent: str
) -> None:
    with pytest.raises(PlatformError, match=f"^{flag}: "):
        verify_endpoints(**(vars(platform.endpoints) | {field: silent.format(find_free_port())}))


def test_other_kind_is_refused_while_one_runs(platform: PlatformUnderTest) -> None:
    (other,) = set(get_args(PlatformKind)) - {platform.kind}
    with pytest.raises(PlatformError, match="pagebus down"):
        start_platform(other, platform.home, None, TOPICS)


def test_metadata_is_stored_before_the_notification(tmp_path: Path) -> None:
    """Moto itself notifies before it stores the metadata, which contains the upload's options."""
    platform = PlatformUnderTest("embedded", tmp_path, Recorder())
    seen_metadata: list[dict[str, str]] = []

    def record_metadata(body: str) -> None:
        if "ObjectCreated" in body:
            seen_metadata.append(platform.s3.head_object(Bucket=UPLOADS_BUCKET, Key="in/acme/a.png")["Metadata"])

    platform.recorder.on_call = record_metadata
    platform.recorder.start()
    platform.start()
    try:
        upload = {"Bucket": UPLOADS_BUCKET, "Key": "in/acme/a.png"}
        platform.s3.put_object(Body=b"page", Metadata={"pagebus-languages": "deu"}, **upload)
        wait_until(lambda: bool(seen_metadata), "the notification")
        assert seen_metadata == [{"pagebus-languages": "deu"}]
    finally:
        stop_platform(tmp_path)
        platform.recorder.stop()


def test_notifications_wait_for_a_stopped_subscriber(tmp_path: Path) -> None:
    platform = PlatformUnderTest("embedded", tmp_path, Recorder())
    platform.start()
    try:
        keys = ["in/acme/a.png", "announced/acme/b.png"]
        for key in keys:
            platform.s3.put_object(Bucket=UPLOADS_BUCKET, Key=key, Body=b"page")
        platform.recorder.start()
        wait_until(lambda: platform.list_notified_keys() == keys, "the notifications")
    finally:
        stop_platform(tmp_path)
        platform.recorder.stop()


def test_stopped_embedded_platform_leaves_only_logs(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    try:
        start_platform("embedded", one, None)
        endpoints = start_platform("embedded", other, None)
        pids = [pid for pid in _get_pids(one).values() if pid]
        stop_platform(one)
        assert len(pids) == len(SERVERS)
        assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
        assert {file.name for file in one.rglob("*") if file.is_file()} == {f"{name}.log" for name in SERVERS} | {
            "platform.lock"
        }
        assert find_running_platform(one) is None
        assert find_running_platform(other) == endpoints
    finally:
        stop_platform(one)
        stop_platform(other)


def test_stopped_real_platform_keeps_its_data(tmp_path: Path) -> None:
    platform = PlatformUnderTest("real", tmp_path, Recorder())
    try:
        endpoints = platform.start()
        produce_record(endpoints.kafka, "pagebus.outcomes", "kept", {})
        execute_sql(endpoints, "CREATE TABLE kept ()")
        platform.s3.put_object(Bucket=RESULTS_BUCKET, Key="kept", Body=b"kept")
        stop_platform(tmp_path)
        assert find_running_platform(tmp_path) is None
        assert platform.start() == endpoints
        assert [record.value() for record in read_topic(endpoints.kafka, "pagebus.outcomes")] == [b"kept"]
        assert execute_sql(endpoints, "SELECT count(*) FROM kept") == [(0,)]
        assert platform.s3.get_object(Bucket=RESULTS_BUCKET, Key="kept")["Body"].read() == b"kept"
    finally:
        stop_platform(tmp_path)
