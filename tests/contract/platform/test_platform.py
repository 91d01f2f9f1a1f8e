"""What the functions may expect of the platform, whichever kind it is."""

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
from local.platform.lifecycle import part_pid, running, start, start_part, stop, stop_part
from local.platform.state import Kind, free_port
from local.platform.topics import Topic
from local.platform.yours import yours
from tests.contract.platform.platform_under_test import TOPICS, Recorder, Started, consume, produce, sql, until

PARTS = ("kafka", "s3", "postgres")
DIFFICULT_KEYS = ("in/acme/Größe & b+c 100%.png", "in/acme/%2B+ +.png")


@pytest.fixture(scope="module", params=get_args(Kind))
def platform(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    recorder = Recorder()
    recorder.come()
    started = Started(request.param, tmp_path_factory.mktemp(request.param), recorder)
    started.start()
    yield started
    stop(started.home)
    recorder.go()


def _pids(home: Path) -> dict[str, int | None]:
    return {name: part_pid(home, name) for name in PARTS}


def test_a_record_is_consumed_with_its_headers(platform: Started) -> None:
    produce(platform.endpoints.kafka, "pagebus.outcomes", "Straße", {"ce_type": b"t", "ce_id": "ß".encode()})
    record = consume(platform.endpoints.kafka, "pagebus.outcomes")[-1]
    assert record.value() == "Straße".encode()
    assert record.headers() == [("ce_type", b"t"), ("ce_id", "ß".encode())]


def test_every_object_is_created_once(platform: Started) -> None:
    written = {"Bucket": RESULTS_BUCKET, "Key": "readings/one.json", "IfNoneMatch": "*"}
    platform.s3.put_object(Body=b"first", **written)
    with pytest.raises(ClientError) as refused:
        platform.s3.put_object(Body=b"second", **written)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert platform.s3.get_object(Bucket=RESULTS_BUCKET, Key="readings/one.json")["Body"].read() == b"first"


@pytest.mark.parametrize("key", DIFFICULT_KEYS)
def test_an_upload_is_kept_and_told_under_the_key_it_was_given(platform: Started, key: str) -> None:
    platform.s3.put_object(Bucket=UPLOADS_BUCKET, Key=key, Body=b"page", Metadata={"pagebus-languages": "deu"})
    head = platform.s3.head_object(Bucket=UPLOADS_BUCKET, Key=key)
    assert (head["ContentLength"], head["Metadata"]) == (4, {"pagebus-languages": "deu"})
    assert platform.s3.get_object(Bucket=UPLOADS_BUCKET, Key=key)["Body"].read() == b"page"
    until(lambda: key in platform.told_keys(), "the notification")


def test_an_upload_in_parts_is_told(platform: Started) -> None:
    upload = {"Bucket": UPLOADS_BUCKET, "Key": "in/acme/book.pdf"}
    begun = upload | {"UploadId": platform.s3.create_multipart_upload(**upload)["UploadId"]}
    part = platform.s3.upload_part(Body=b"x" * 1000, PartNumber=1, **begun)
    parts = {"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]}
    platform.s3.complete_multipart_upload(MultipartUpload=parts, **begun)
    until(lambda: "in/acme/book.pdf" in platform.told_keys(), "the notification")


def test_a_removal_is_not_told(platform: Started) -> None:
    for key in ("in/acme/removed.png", "in/acme/after.png"):
        platform.s3.put_object(Bucket=UPLOADS_BUCKET, Key=key, Body=b"page")
        platform.s3.delete_object(Bucket=UPLOADS_BUCKET, Key=key)
    until(lambda: "in/acme/after.png" in platform.told_keys(), "the notification")
    assert platform.told_keys().count("in/acme/removed.png") == 1


@pytest.mark.parametrize("platform", ["real"], indirect=True)
def test_a_topic_that_is_removed_is_gone_with_what_waited_in_it_and_others_stay(platform: Started) -> None:
    broker = platform.endpoints.kafka
    topics.provide(broker, [Topic("pagebus.pages.absent")])
    produce(broker, "pagebus.pages.absent", "waits", {})

    assert topics.remove(broker, ["pagebus.pages.absent", "pagebus.pages.never"]) == ["pagebus.pages.absent"]

    until(lambda: "pagebus.pages.absent" not in topics.look(broker).partitions, "the topic to be gone")
    assert "pagebus.outcomes" in topics.look(broker).partitions
    assert topics.remove(broker, ["pagebus.pages.absent"]) == []


def test_the_database_keeps_umlauts(platform: Started) -> None:
    assert sql(platform.endpoints, "SELECT 'Größe', upper('ä'), current_database()") == [("Größe", "Ä", "pagebus")]


def test_starting_again_changes_nothing(platform: Started) -> None:
    pids, endpoints = _pids(platform.home), platform.endpoints
    assert platform.start() == endpoints
    assert _pids(platform.home) == pids


@pytest.mark.parametrize("name", PARTS)
def test_a_killed_part_is_restarted_by_start(platform: Started, name: str) -> None:
    before = _pids(platform.home)
    os.kill(before[name] or 0, signal.SIGKILL)
    platform.start()
    after = _pids(platform.home)
    assert after[name] not in {before[name], None}
    assert {other: pid for other, pid in after.items() if other != name} == {
        other: pid for other, pid in before.items() if other != name
    }
    platform.s3.head_bucket(Bucket=UPLOADS_BUCKET)
    sql(platform.endpoints, "SELECT")
    produce(platform.endpoints.kafka, "pagebus.outcomes", "again", {})


def test_postgres_comes_back_where_it_was_with_what_it_had(platform: Started) -> None:
    endpoints = platform.endpoints
    sql(endpoints, "CREATE TABLE kept AS SELECT 7 AS number")
    stop_part(platform.home, "postgres")
    assert running(platform.home) is None
    start_part(platform.home, "postgres")
    assert platform.endpoints == endpoints
    assert sql(endpoints, "SELECT number FROM kept") == [(7,)]


def test_endpoints_that_answer_can_be_named_as_yours(platform: Started) -> None:
    there = platform.endpoints
    assert yours(**vars(there)) == there


@pytest.mark.parametrize(
    ("flag", "field", "dead"),
    [
        ("--kafka", "kafka", "127.0.0.1:{}"),
        ("--s3", "s3", "http://127.0.0.1:{}"),
        ("--database", "database", "postgresql://postgres@127.0.0.1:{}/pagebus"),
    ],
)
def test_an_endpoint_that_does_not_answer_is_named_by_its_flag(
    platform: Started, flag: str, field: str, dead: str
) -> None:
    with pytest.raises(PlatformError, match=f"^{flag}: "):
        yours(**(vars(platform.endpoints) | {field: dead.format(free_port())}))


def test_the_other_kind_is_refused_while_one_runs(platform: Started) -> None:
    (other,) = set(get_args(Kind)) - {platform.kind}
    with pytest.raises(PlatformError, match="pagebus down"):
        start(other, platform.home, None, TOPICS)


def test_the_subscriber_finds_the_metadata_of_the_object_that_it_is_told_of(tmp_path: Path) -> None:
    """What moto alone does not do: it tells before it has stored the metadata, in which an uploader's wishes stand."""
    platform = Started("embedded", tmp_path, Recorder())
    found: list[dict[str, str]] = []

    def look(body: str) -> None:
        if "ObjectCreated" in body:
            found.append(platform.s3.head_object(Bucket=UPLOADS_BUCKET, Key="in/acme/a.png")["Metadata"])

    platform.recorder.on_call = look
    platform.recorder.come()
    platform.start()
    try:
        upload = {"Bucket": UPLOADS_BUCKET, "Key": "in/acme/a.png"}
        platform.s3.put_object(Body=b"page", Metadata={"pagebus-languages": "deu"}, **upload)
        until(lambda: bool(found), "the notification")
        assert found == [{"pagebus-languages": "deu"}]
    finally:
        stop(tmp_path)
        platform.recorder.go()


def test_uploads_while_the_subscriber_is_away_are_told_when_it_comes(tmp_path: Path) -> None:
    platform = Started("embedded", tmp_path, Recorder())
    platform.start()
    try:
        keys = ["in/acme/a.png", "announced/acme/b.png"]
        for key in keys:
            platform.s3.put_object(Bucket=UPLOADS_BUCKET, Key=key, Body=b"page")
        platform.recorder.come()
        until(lambda: platform.told_keys() == keys, "the notifications")
    finally:
        stop(tmp_path)
        platform.recorder.go()


def test_stopping_the_embedded_platform_leaves_nothing_but_logs_and_no_other_home_notices(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    try:
        start("embedded", one, None)
        there = start("embedded", other, None)
        pids = [pid for pid in _pids(one).values() if pid]
        stop(one)
        assert len(pids) == len(PARTS)
        assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
        assert {file.name for file in one.rglob("*") if file.is_file()} == {f"{name}.log" for name in PARTS} | {
            "platform.lock"
        }
        assert running(one) is None
        assert running(other) == there
    finally:
        stop(one)
        stop(other)


def test_the_real_platform_keeps_what_it_holds_when_it_is_stopped(tmp_path: Path) -> None:
    platform = Started("real", tmp_path, Recorder())
    try:
        there = platform.start()
        produce(there.kafka, "pagebus.outcomes", "kept", {})
        sql(there, "CREATE TABLE kept ()")
        platform.s3.put_object(Bucket=RESULTS_BUCKET, Key="kept", Body=b"kept")
        stop(tmp_path)
        assert running(tmp_path) is None
        assert platform.start() == there
        assert [record.value() for record in consume(there.kafka, "pagebus.outcomes")] == [b"kept"]
        assert sql(there, "SELECT count(*) FROM kept") == [(0,)]
        assert platform.s3.get_object(Bucket=RESULTS_BUCKET, Key="kept")["Body"].read() == b"kept"
    finally:
        stop(tmp_path)
