"""Files too large for one request, against an S3 server."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from events.identity import document_id
from local.cli import upload
from local.cli.upload import Upload
from local.cli.uploading import StoppedError, Tally
from local.platform import buckets
from local.platform.endpoints import Endpoints


@pytest.fixture
def store() -> Iterator[Any]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    s3 = buckets.client(Endpoints("", url, "key", "secret", "us-east-1", ""))
    s3.create_bucket(Bucket="pagebus-uploads")
    yield s3
    s3.close()
    server.stop()


def test_a_large_file_goes_in_parts_and_is_named_by_the_etag_that_the_store_made_of_them(
    store: Any, tmp_path: Path
) -> None:
    large = Upload(tmp_path / "large.pdf", "in/acme/large.pdf")
    large.file.write_bytes(os.urandom(9 << 20))
    moved: list[int] = []

    document = upload.put(store, large, "acme", {"pagebus-languages": "deu"}, moved.append)

    there = store.head_object(Bucket="pagebus-uploads", Key=large.key)
    assert there["ETag"].strip('"').endswith("-2")
    assert there["Metadata"] == {"pagebus-languages": "deu"}
    named = document_id(tenant="acme", bucket="pagebus-uploads", key=large.key, etag=there["ETag"])
    assert document.document == str(named)
    assert sum(moved) == 9 << 20


def test_a_large_file_that_nobody_waits_for_any_more_leaves_no_parts(store: Any, tmp_path: Path) -> None:
    large = Upload(tmp_path / "large.pdf", "in/acme/stopped.pdf")
    large.file.write_bytes(os.urandom(9 << 20))
    tally = Tally()
    tally.stop()

    with pytest.raises(StoppedError):
        upload.put(store, large, "acme", {}, lambda count: tally.moved(large, count))

    assert "Uploads" not in store.list_multipart_uploads(Bucket="pagebus-uploads")
    assert "Contents" not in store.list_objects_v2(Bucket="pagebus-uploads", Prefix=large.key)
