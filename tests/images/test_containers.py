"""Containers of all images, restricted like pods, handle events and read documents together."""

import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pillow_heif
import pytest
import requests
from PIL import Image

from tests.images.fleet import Fleet
from tests.images.manifests import load_services
from tests.kit import SAMPLES, get_header, wait_for

PING = {
    "ce-specversion": "1.0",
    "ce-id": "ping",
    "ce-source": "/a-client",
    "ce-type": "dev.knative.sources.ping",
    "content-type": "application/json",
}
#: Documents that need different libraries: PNG, TIFF with fax coding, PDF with and without text, a photograph, HEIC.
DOCUMENTS = ("brief.png", "fax.tif", "gemischt.pdf", "rechnung.pdf", "brief-schief.jpg", "brief.heic")


def load_content(name: str) -> bytes:
    if not name.endswith(".heic"):
        return (SAMPLES / name).read_bytes()
    photographed = io.BytesIO()
    with Image.open(SAMPLES / f"{Path(name).stem}.png") as letter:
        pillow_heif.from_pillow(letter.convert("RGB")).save(photographed, quality=90)
    return photographed.getvalue()


def send_notification(fleet: Fleet, key: str, etag: str) -> None:
    """Send the notification of an upload to the gateway, as an object store does."""
    record: dict[str, Any] = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventTime": "2026-01-31T12:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": "pagebus-uploads"}, "object": {"key": quote(key), "eTag": etag}},
    }
    url = f"{fleet.containers['gateway'].url}/v1/notifications/s3"
    requests.post(url, json={"Records": [record]}, timeout=30).raise_for_status()


def test_every_function_without_weights_has_a_container(fleet: Fleet) -> None:
    assert fleet.containers.keys() == load_services().keys()


@pytest.mark.parametrize("name", ["intake", "tesseract", "persistence", "assembly", "reconciler"])
def test_request_that_is_no_event_gets_422(fleet: Fleet, name: str) -> None:
    answer = requests.post(fleet.containers[name].url, data=b"no event", timeout=30)

    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("name", sorted(load_services()))
def test_only_tmp_is_writable(fleet: Fleet, name: str) -> None:
    container = fleet.containers[name]

    assert container.run("touch", "/tmp/here").returncode == 0  # noqa: S108  # the folder of the container
    for place in ("/app/here", "/opt/python/here", "/etc/here", "/here"):
        assert container.run("touch", place).returncode != 0


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_is_read_from_upload_to_text(fleet: Fleet, name: str) -> None:
    key = f"in/acme/{uuid4()}/{name}"
    etag = fleet.bus.upload(key, load_content(name))

    send_notification(fleet, key, etag)
    ended = fleet.bus.wait_for_end(key)

    assert (ended["state"], ended["pages"]) == ("completed", ended["recognized"])
    assert fleet.bus.read_document_records("pagebus.results", ended["document"])
    url = f"{fleet.containers['gateway'].url}/v1/documents/{ended['document']}/text"
    text = requests.get(url, timeout=30)
    assert text.ok
    assert set("äöüß") & set(text.text)


def test_announced_document_is_read_by_tesseract(fleet: Fleet) -> None:
    key = f"announced/acme/{uuid4()}.png"
    fleet.bus.upload(key, load_content("brief.png"))
    announcement = {**PING, "ce-id": str(uuid4()), "ce-type": "io.pagebus.document.uploaded.v1"}
    data = json.dumps({"bucket": "pagebus-uploads", "key": key})

    answer = requests.post(fleet.containers["intake"].url, data=data, headers=announcement, timeout=60)
    document = fleet.bus.wait_for_end(key)["document"]

    assert answer.status_code == 204
    said = wait_for(lambda: fleet.bus.read_document_records("pagebus.outcomes", document))
    assert {
        get_header(one, "ce_source") for one in said if get_header(one, "ce_type") == "io.pagebus.page.recognized.v1"
    } == {"/pagebus/tesseract"}


def test_invalid_event_becomes_a_dead_letter(fleet: Fleet) -> None:
    mark = f"/a-client/{uuid4()}"
    headers = {"ce_specversion": "1.0", "ce_id": "x", "ce_source": mark, "ce_type": "io.pagebus.document.uploaded.v1"}
    fleet.bus.produce("pagebus.uploads", b"{}", dict(headers))

    def is_stored() -> bool:
        return any(mark in str(row) for row in fleet.bus.query("SELECT * FROM dead_letters"))

    assert wait_for(is_stored, what="a dead letter")


def test_reconciler_handles_a_ping(fleet: Fleet) -> None:
    answer = requests.post(fleet.containers["reconciler"].url, data=b"{}", headers=PING, timeout=60)

    assert answer.status_code == 204
    assert "event.handled" in fleet.containers["reconciler"].read_logs()
