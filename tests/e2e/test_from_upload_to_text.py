"""Tests of the complete pipeline with third-party clients: uploads as input; events, rows and text as output."""

import hashlib
import json
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from confluent_kafka import Message
from jsonschema import Draft202012Validator

from events.identity import compute_document_id
from tests.kit import ROOT, SAMPLES, PagebusStack, get_header, parse_body, wait_for

LETTER = (SAMPLES / "brief.png").read_bytes()
KEYS = ("in/acme/Größe & b+c 100%.png", "in/acme/%2B+ +.png")


def build_attributes() -> dict[str, str]:
    return {"specversion": "1.0", "id": str(uuid4()), "source": "/somebody", "type": "io.pagebus.document.uploaded.v1"}


def announce_binary(bus: PagebusStack, key: str) -> None:
    """Announce an object with a hand-written CloudEvent in binary mode."""
    attributes = build_attributes()
    headers = {f"ce_{name}": value.encode() for name, value in attributes.items()}
    data = json.dumps({"bucket": "pagebus-uploads", "key": key}).encode()
    bus.produce("pagebus.uploads", data, headers | {"content-type": b"application/json"}, key)


def announce_structured(bus: PagebusStack, key: str) -> None:
    """Announce an object with a hand-written CloudEvent in structured mode."""
    event = build_attributes() | {"data": {"bucket": "pagebus-uploads", "key": key}}
    bus.produce("pagebus.uploads", json.dumps(event).encode(), {"content-type": b"application/cloudevents+json"}, key)


def assert_valid_event(record: Message, name: str) -> None:
    """Assert that a record is a CloudEvent of persistence that is valid against its published schema."""
    assert get_header(record, "ce_specversion") == "1.0"
    assert get_header(record, "ce_type") == f"io.pagebus.{name}.v1"
    assert get_header(record, "ce_source") == "/pagebus/persistence"
    assert get_header(record, "content-type") == "application/json"
    UUID(get_header(record, "ce_id") or "")
    schema = json.loads((ROOT / "events" / "schemas" / f"io.pagebus.{name}.v1.json").read_text())
    Draft202012Validator(schema).validate(parse_body(record))


@pytest.mark.parametrize("key", KEYS)
def test_upload_becomes_text_events_and_rows(bus: PagebusStack, key: str) -> None:
    etag = bus.upload(key, LETTER)

    ended = bus.wait_for_end(key)

    assert ended["document"] == compute_document_id(tenant="acme", bucket="pagebus-uploads", key=key, etag=etag)
    assert (ended["state"], ended["tenant"], ended["pages"], ended["recognized"]) == ("completed", "acme", 1, 1)
    [page] = bus.query("SELECT * FROM pages WHERE document = %s", ended["document"])
    assert page["state"] == "recognized"
    assert "ß" in page["text"]
    [recognized] = wait_for(lambda: bus.read_document_records("pagebus.results", ended["document"]))
    assert_valid_event(recognized, "page.recognized")
    events = wait_for(
        lambda: {get_header(r, "ce_type"): r for r in bus.read_document_records("pagebus.documents", ended["document"])}
    )
    assert_valid_event(events["io.pagebus.document.accepted.v1"], "document.accepted")
    assert_valid_event(events["io.pagebus.document.completed.v1"], "document.completed")
    text = (
        bus.create_s3_client()
        .get_object(Bucket="pagebus-results", Key=f"documents/acme/{ended['document']}/document.txt")["Body"]
        .read()
        .decode()
    )
    assert text.strip() == page["text"].strip()


@pytest.mark.parametrize("announce", [announce_binary, announce_structured])
def test_announced_object_without_notification_is_read(
    bus: PagebusStack, announce: Callable[[PagebusStack, str], None]
) -> None:
    key = f"announced/acme/{announce.__name__}.png"
    bus.upload(key, LETTER)

    announce(bus, key)

    assert bus.wait_for_end(key)["state"] == "completed"


def test_duplicate_upload_and_events_change_nothing(bus: PagebusStack) -> None:
    key = f"in/acme/{uuid4()}.tif"
    fax = (SAMPLES / "fax.tif").read_bytes()
    bus.upload(key, fax)
    first = bus.wait_for_end(key)
    texts = bus.query("SELECT page, text FROM pages WHERE document = %s ORDER BY page", first["document"])
    requests = bus.read_document_records("pagebus.pages.tesseract", first["document"])

    bus.upload(key, fax)
    for topic in ("pagebus.outcomes", "pagebus.pages.tesseract", "pagebus.assemblies"):
        for record in reversed(bus.read_document_records(topic, first["document"])):
            for _ in range(2):
                bus.produce(topic, record.value(), dict(record.headers() or []), (record.key() or b"").decode())
    wait_until_delivered(bus)

    assert bus.wait_for_end(key)["document"] == first["document"]
    assert bus.query("SELECT page, text FROM pages WHERE document = %s ORDER BY page", first["document"]) == texts
    terminal = [get_header(r, "ce_id") for r in find_end_events(bus, first["document"])]
    assert len(terminal) == 1
    pages = [get_header(r, "ce_id") for r in bus.read_document_records("pagebus.results", first["document"])]
    assert len(pages) == len(set(pages)) == first["pages"]
    assert len(list_reading_keys(bus, fax)) == len(requests) == first["pages"]


def test_reordered_outcomes_complete_document_once(bus: PagebusStack) -> None:
    original, copy = f"in/acme/{uuid4()}.tif", f"in/acme/{uuid4()}.tif"
    bus.upload(original, (SAMPLES / "fax.tif").read_bytes())
    first = bus.wait_for_end(original)
    outcomes = bus.read_document_records("pagebus.outcomes", first["document"])
    copied_document = str(compute_document_id(tenant="acme", bucket="pagebus-uploads", key=copy, etag=first["etag"]))

    def get_type(record: Message) -> str:
        return get_header(record, "ce_type") or ""

    pages = sorted((r for r in outcomes if ".page." in get_type(r)), key=lambda r: -parse_body(r)["page"])
    accepted = [r for r in outcomes if get_type(r).endswith("accepted.v1")]
    for record in (*pages, *accepted):
        body = parse_body(record) | {"document": copied_document, "key": copy}
        changes = {"ce_id": str(uuid4()).encode(), "ce_subject": copied_document.encode()}
        headers = dict(record.headers() or []) | changes
        bus.produce("pagebus.outcomes", json.dumps(body).encode(), headers, copied_document)

    assert bus.wait_for_end(copy)["state"] == "completed"
    wait_until_delivered(bus)
    assert len(find_end_events(bus, copied_document)) == 1
    texts = "SELECT page, text FROM pages WHERE document = %s ORDER BY page"
    assert bus.query(texts, copied_document) == bus.query(texts, first["document"])


def wait_until_delivered(bus: PagebusStack) -> None:
    """Wait until every source has delivered all records of its topics."""
    wait_for(lambda: not any(source["lag"] for source in bus.get_state()["sources"]), what="every record delivered")


def find_end_events(bus: PagebusStack, document: object) -> list[Message]:
    ends = ("completed.v1", "failed.v1", "rejected.v1")
    return [
        r
        for r in bus.read_document_records("pagebus.documents", document)
        if (get_header(r, "ce_type") or "").endswith(ends)
    ]


def list_reading_keys(bus: PagebusStack, document: bytes) -> list[str]:
    prefix = f"readings/acme/{hashlib.sha256(document).hexdigest()}/"
    return [
        o["Key"]
        for o in bus.create_s3_client().list_objects_v2(Bucket="pagebus-results", Prefix=prefix).get("Contents", [])
    ]
