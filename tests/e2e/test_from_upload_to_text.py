"""The whole way, by clients that are not ours: objects in, events and rows and text out."""

import hashlib
import json
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from confluent_kafka import Message
from jsonschema import Draft202012Validator

from events.identity import document_id
from tests.kit import ROOT, SAMPLES, Running, body, eventually, header

LETTER = (SAMPLES / "brief.png").read_bytes()
KEYS = ("in/acme/Größe & b+c 100%.png", "in/acme/%2B+ +.png")


def cloud_event() -> dict[str, str]:
    return {"specversion": "1.0", "id": str(uuid4()), "source": "/somebody", "type": "io.pagebus.document.uploaded.v1"}


def binary(bus: Running, key: str) -> None:
    """Announce an object by a CloudEvent made by hand, binary mode."""
    attributes = cloud_event()
    headers = {f"ce_{name}": value.encode() for name, value in attributes.items()}
    data = json.dumps({"bucket": "pagebus-uploads", "key": key}).encode()
    bus.produce("pagebus.uploads", data, headers | {"content-type": b"application/json"}, key)


def structured(bus: Running, key: str) -> None:
    """Announce an object by a CloudEvent made by hand, structured mode."""
    event = cloud_event() | {"data": {"bucket": "pagebus-uploads", "key": key}}
    bus.produce("pagebus.uploads", json.dumps(event).encode(), {"content-type": b"application/cloudevents+json"}, key)


def keeps_the_contract(record: Message, name: str) -> None:
    """Whether a record is a valid CloudEvent of the published schema."""
    assert header(record, "ce_specversion") == "1.0"
    assert header(record, "ce_type") == f"io.pagebus.{name}.v1"
    assert header(record, "ce_source") == "/pagebus/persistence"
    assert header(record, "content-type") == "application/json"
    UUID(header(record, "ce_id") or "")
    schema = json.loads((ROOT / "events" / "schemas" / f"io.pagebus.{name}.v1.json").read_text())
    Draft202012Validator(schema).validate(body(record))


@pytest.mark.parametrize("key", KEYS)
def test_an_upload_becomes_text_events_and_rows_whatever_its_name(bus: Running, key: str) -> None:
    etag = bus.upload(key, LETTER)

    ended = bus.ended(key)

    assert ended["document"] == document_id(tenant="acme", bucket="pagebus-uploads", key=key, etag=etag)
    assert (ended["state"], ended["tenant"], ended["pages"], ended["recognized"]) == ("completed", "acme", 1, 1)
    [page] = bus.rows("SELECT * FROM pages WHERE document = %s", ended["document"])
    assert page["state"] == "recognized"
    assert "ß" in page["text"]
    [recognized] = eventually(lambda: bus.said("pagebus.results", ended["document"]))
    keeps_the_contract(recognized, "page.recognized")
    said = eventually(lambda: {header(r, "ce_type"): r for r in bus.said("pagebus.documents", ended["document"])})
    keeps_the_contract(said["io.pagebus.document.accepted.v1"], "document.accepted")
    keeps_the_contract(said["io.pagebus.document.completed.v1"], "document.completed")
    text = (
        bus.s3()
        .get_object(Bucket="pagebus-results", Key=f"documents/acme/{ended['document']}/document.txt")["Body"]
        .read()
        .decode()
    )
    assert text.strip() == page["text"].strip()


@pytest.mark.parametrize("announce", [binary, structured])
def test_an_object_that_notifies_nobody_is_read_when_it_is_announced(
    bus: Running, announce: Callable[[Running, str], None]
) -> None:
    key = f"announced/acme/{announce.__name__}.png"
    bus.upload(key, LETTER)

    announce(bus, key)

    assert bus.ended(key)["state"] == "completed"


def test_the_same_upload_twice_and_every_event_three_times_end_once_with_the_same_text(bus: Running) -> None:
    key = f"in/acme/{uuid4()}.tif"
    fax = (SAMPLES / "fax.tif").read_bytes()
    bus.upload(key, fax)
    first = bus.ended(key)
    texts = bus.rows("SELECT page, text FROM pages WHERE document = %s ORDER BY page", first["document"])
    requests = bus.said("pagebus.pages.tesseract", first["document"])

    bus.upload(key, fax)
    for topic in ("pagebus.outcomes", "pagebus.pages.tesseract", "pagebus.assemblies"):
        for record in reversed(bus.said(topic, first["document"])):
            for _ in range(2):
                bus.produce(topic, record.value(), dict(record.headers() or []), (record.key() or b"").decode())
    settled(bus)

    assert bus.ended(key)["document"] == first["document"]
    assert bus.rows("SELECT page, text FROM pages WHERE document = %s ORDER BY page", first["document"]) == texts
    terminal = [header(r, "ce_id") for r in said_at_the_end(bus, first["document"])]
    assert len(terminal) == 1
    pages = [header(r, "ce_id") for r in bus.said("pagebus.results", first["document"])]
    assert len(pages) == len(set(pages)) == first["pages"]
    assert len(readings(bus, fax)) == len(requests) == first["pages"]


def test_pages_in_reverse_order_and_before_their_document_complete_it_once(bus: Running) -> None:
    original, copy = f"in/acme/{uuid4()}.tif", f"in/acme/{uuid4()}.tif"
    bus.upload(original, (SAMPLES / "fax.tif").read_bytes())
    first = bus.ended(original)
    outcomes = bus.said("pagebus.outcomes", first["document"])
    other = str(document_id(tenant="acme", bucket="pagebus-uploads", key=copy, etag=first["etag"]))

    def kind(record: Message) -> str:
        return header(record, "ce_type") or ""

    pages = sorted((r for r in outcomes if ".page." in kind(r)), key=lambda r: -body(r)["page"])
    accepted = [r for r in outcomes if kind(r).endswith("accepted.v1")]
    for record in (*pages, *accepted):
        said = body(record) | {"document": other, "key": copy}
        headers = dict(record.headers() or []) | {"ce_id": str(uuid4()).encode(), "ce_subject": other.encode()}
        bus.produce("pagebus.outcomes", json.dumps(said).encode(), headers, other)

    assert bus.ended(copy)["state"] == "completed"
    settled(bus)
    assert len(said_at_the_end(bus, other)) == 1
    texts = "SELECT page, text FROM pages WHERE document = %s ORDER BY page"
    assert bus.rows(texts, other) == bus.rows(texts, first["document"])


def settled(bus: Running) -> None:
    """Wait until nothing is left to deliver."""
    eventually(lambda: not any(source["lag"] for source in bus.state()["sources"]), what="every record delivered")


def said_at_the_end(bus: Running, document: object) -> list[Message]:
    ends = ("completed.v1", "failed.v1", "rejected.v1")
    return [r for r in bus.said("pagebus.documents", document) if (header(r, "ce_type") or "").endswith(ends)]


def readings(bus: Running, document: bytes) -> list[str]:
    prefix = f"readings/acme/{hashlib.sha256(document).hexdigest()}/"
    return [o["Key"] for o in bus.s3().list_objects_v2(Bucket="pagebus-results", Prefix=prefix).get("Contents", [])]
