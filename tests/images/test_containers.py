"""Images at work: restricted as a pod is, each sent events; together they read documents."""

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
from tests.images.manifests import services
from tests.kit import SAMPLES, eventually, header

PING = {
    "ce-specversion": "1.0",
    "ce-id": "ping",
    "ce-source": "/somebody",
    "ce-type": "dev.knative.sources.ping",
    "content-type": "application/json",
}
#: Each opens other libraries: a PNG, a TIFF in fax coding, a PDF with and without text, a skewed photograph, HEIC.
DOCUMENTS = ("brief.png", "fax.tif", "gemischt.pdf", "rechnung.pdf", "brief-schief.jpg", "brief.heic")


def content(name: str) -> bytes:
    if not name.endswith(".heic"):
        return (SAMPLES / name).read_bytes()
    photographed = io.BytesIO()
    with Image.open(SAMPLES / f"{Path(name).stem}.png") as letter:
        pillow_heif.from_pillow(letter.convert("RGB")).save(photographed, quality=90)
    return photographed.getvalue()


def notify(fleet: Fleet, key: str, etag: str) -> None:
    """Tell the gateway of an upload as a store does."""
    record: dict[str, Any] = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventTime": "2026-01-31T12:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": "pagebus-uploads"}, "object": {"key": quote(key), "eTag": etag}},
    }
    url = f"{fleet.containers['gateway'].url}/v1/notifications/s3"
    requests.post(url, json={"Records": [record]}, timeout=30).raise_for_status()


def test_there_is_a_container_for_every_function_that_needs_no_weights(fleet: Fleet) -> None:
    assert fleet.containers.keys() == services().keys()


@pytest.mark.parametrize("name", ["intake", "tesseract", "persistence", "assembly", "reconciler"])
def test_what_is_no_event_is_refused_for_good(fleet: Fleet, name: str) -> None:
    answer = requests.post(fleet.containers[name].url, data=b"no event", timeout=30)

    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("name", sorted(services()))
def test_a_container_can_write_to_its_tmp_and_nowhere_else(fleet: Fleet, name: str) -> None:
    container = fleet.containers[name]

    assert container.run("touch", "/tmp/here").returncode == 0  # noqa: S108  # it is the container's
    for place in ("/app/here", "/opt/python/here", "/etc/here", "/here"):
        assert container.run("touch", place).returncode != 0


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_goes_through_all_images_from_its_upload_to_its_text(fleet: Fleet, name: str) -> None:
    key = f"in/acme/{uuid4()}/{name}"
    etag = fleet.bus.upload(key, content(name))

    notify(fleet, key, etag)
    ended = fleet.bus.ended(key)

    assert (ended["state"], ended["pages"]) == ("completed", ended["recognized"])
    assert fleet.bus.said("pagebus.results", ended["document"])
    url = f"{fleet.containers['gateway'].url}/v1/documents/{ended['document']}/text"
    text = requests.get(url, timeout=30)
    assert text.ok
    assert set("äöüß") & set(text.text)


def test_a_page_that_is_asked_for_over_http_is_recognized_by_the_image_of_its_engine(fleet: Fleet) -> None:
    key = f"announced/acme/{uuid4()}.png"
    fleet.bus.upload(key, content("brief.png"))
    announcement = {**PING, "ce-id": str(uuid4()), "ce-type": "io.pagebus.document.uploaded.v1"}
    data = json.dumps({"bucket": "pagebus-uploads", "key": key})

    answer = requests.post(fleet.containers["intake"].url, data=data, headers=announcement, timeout=60)
    document = fleet.bus.ended(key)["document"]

    assert answer.status_code == 204
    said = eventually(lambda: fleet.bus.said("pagebus.outcomes", document))
    assert {header(one, "ce_source") for one in said if header(one, "ce_type") == "io.pagebus.page.recognized.v1"} == {
        "/pagebus/tesseract"
    }


def test_what_nobody_can_use_is_kept_by_the_image_of_the_dead_letters(fleet: Fleet) -> None:
    mark = f"/somebody/{uuid4()}"
    headers = {"ce_specversion": "1.0", "ce_id": "x", "ce_source": mark, "ce_type": "io.pagebus.document.uploaded.v1"}
    fleet.bus.produce("pagebus.uploads", b"{}", dict(headers))

    def kept() -> bool:
        return any(mark in str(row) for row in fleet.bus.rows("SELECT * FROM dead_letters"))

    assert eventually(kept, what="a dead letter")


def test_the_image_of_the_reconciler_looks_around_when_its_minute_has_passed(fleet: Fleet) -> None:
    answer = requests.post(fleet.containers["reconciler"].url, data=b"{}", headers=PING, timeout=60)

    assert answer.status_code == 204
    assert "event.handled" in fleet.containers["reconciler"].logs()
