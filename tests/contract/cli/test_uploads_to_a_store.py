"""Uploads of large files to an S3 server."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from events.identity import compute_document_id
from local.cli.uploads import transfer
from local.cli.uploads.plan import Upload
from local.cli.uploads.transfer import UploadProgress, UploadStoppedError
from local.platform import buckets
from local.platform.endpoints import Endpoints


@pytest.fixture
def store() -> Iterator[Any]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    s3 = buckets.create_client(Endpoints("", url, "key", "secret", "us-east-1", ""))
    s3.create_bucket(Bucket="pagebus-uploads")
    yield s3
    s3.close()
    server.stop()


def test_large_file_is_uploaded_in_parts(store: Any, tmp_path: Path) -> None:
    large = Upload(tmp_path / "large.pdf", "in/acme/large.pdf")
    large.file.write_bytes(os.urandom(9 << 20))
    received: list[int] = []

    document = transfer.upload_file(store, large, "acme", {"pagebus-languages": "deu"}, received.append)

    head = store.head_object(Bucket="pagebus-uploads", Key=large.key)
    assert head["ETag"].strip('"').endswith("-2")
    assert head["Metadata"] == {"pagebus-languages": "deu"}
    expected_id = compute_document_id(tenant="acme", bucket="pagebus-uploads", key=large.key, etag=head["ETag"])
    assert document.document == str(expected_id)
    assert sum(received) == 9 << 20


def test_stopped_upload_leaves_no_parts(store: Any, tmp_path: Path) -> None:
    large = Upload(tmp_path / "large.pdf", "in/acme/stopped.pdf")
    large.file.write_bytes(os.urandom(9 << 20))
    progress = UploadProgress()
    progress.stop()

    with pytest.raises(UploadStoppedError):
        transfer.upload_file(store, large, "acme", {}, lambda count: progress.add_bytes(large, count))

    assert "Uploads" not in store.list_multipart_uploads(Bucket="pagebus-uploads")
    assert "Contents" not in store.list_objects_v2(Bucket="pagebus-uploads", Prefix=large.key)
