"""Tests of bad input: it ends with a reason code and a message, and does not block other documents."""

import json
import struct
import zlib
from uuid import uuid4

import pytest

from tests.e2e.odd_documents import build_two_page_tiff
from tests.kit import SAMPLES, PagebusStack, get_header, wait_for

INVOICE = (SAMPLES / "rechnung.pdf").read_bytes()
LETTER = (SAMPLES / "brief.png").read_bytes()

# A PDF that needs a password. Its standard security handler has keys that no password matches.
ENCRYPTED = INVOICE.replace(
    b"trailer<<",
    b"trailer<< /Encrypt << /Filter /Standard /V 1 /R 2 /P -1 /O <" + b"41" * 32 + b"> /U <" + b"42" * 32 + b"> >>"
    b" /ID [<" + b"43" * 16 + b"> <" + b"43" * 16 + b">]",
)

assert ENCRYPTED != INVOICE


def build_huge_png(side: int) -> bytes:
    """Return a small PNG file that claims to have side x side pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    image_header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", image_header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


BAD = {
    "leer.pdf": (b"", "empty"),
    "notiz.pdf": ("Nur Text, kein PDF: Größe".encode(), "unsupported_type"),
    "halb.pdf": (INVOICE[: len(INVOICE) // 2], "damaged_pdf"),
    "geheim.pdf": (ENCRYPTED, "password_required"),
    "riesig.png": (build_huge_png(60_000), "image_too_large"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_document_is_rejected_with_reason(bus: PagebusStack, name: str) -> None:
    body, reason = BAD[name]
    key = f"in/acme/{uuid4()}-{name}"

    bus.upload(key, body)

    ended = bus.wait_for_end(key)
    assert (ended["state"], ended["reason"]) == ("rejected", reason)
    assert ended["message"]
    assert "Traceback" not in ended["message"]
    [event] = wait_for(lambda: bus.read_document_records("pagebus.documents", ended["document"]))
    assert get_header(event, "ce_type") == "io.pagebus.document.rejected.v1"
    assert json.loads(event.value() or b"")["reason"] == reason


@pytest.mark.parametrize("folder", ["in/", "", "elsewhere/acme/", "in/../"])
def test_key_outside_tenant_folder_is_rejected(bus: PagebusStack, folder: str) -> None:
    key = f"{folder}{uuid4()}.png"

    bus.upload(key, LETTER)

    ended = bus.wait_for_end(key)
    assert (ended["state"], ended["reason"], ended["tenant"]) == ("rejected", "outside_tenant_folder", "")


def test_missing_object_is_rejected(bus: PagebusStack) -> None:
    key = f"announced/acme/{uuid4()}.png"

    announce(bus, {"bucket": "pagebus-uploads", "key": key})

    ended = bus.wait_for_end(key)
    assert (ended["state"], ended["reason"]) == ("rejected", "not_found")


def test_invalid_option_is_rejected_by_name(bus: PagebusStack) -> None:
    key = f"in/acme/{uuid4()}.png"

    bus.upload(key, LETTER, {"pagebus-min-confidence": "viel"})

    ended = bus.wait_for_end(key)
    assert (ended["state"], ended["reason"]) == ("rejected", "bad_options")
    assert "x-amz-meta-pagebus-min-confidence" in ended["message"]


@pytest.mark.parametrize(
    ("event_type", "data"),
    [
        ("com.example.unknown.v1", b"{}"),
        ("io.pagebus.document.uploaded.v1", b"this is not JSON"),
        ("io.pagebus.document.uploaded.v1", b'{"bucket": "pagebus-uploads", "key": "in/a/b", "optoins": {}}'),
    ],
)
def test_unusable_event_is_dead_lettered_and_blocks_nothing(bus: PagebusStack, event_type: str, data: bytes) -> None:
    event = str(uuid4())
    after = f"announced/acme/{uuid4()}.png"
    bus.upload(after, LETTER)

    announce(bus, data, event_type=event_type, event=event)
    announce(bus, {"bucket": "pagebus-uploads", "key": after})

    dead_letter = wait_for(
        lambda: [record for record in bus.read_records("pagebus.dead-letters") if get_header(record, "ce_id") == event]
    )[0]
    assert get_header(dead_letter, "ce_knativeerrorcode") == "422"
    assert (get_header(dead_letter, "ce_knativeerrordest") or "").startswith("http://intake.")
    assert get_header(dead_letter, "ce_knativeerrordata")
    assert bus.wait_for_end(after)["state"] == "completed"
    [row] = wait_for(lambda: bus.query("SELECT * FROM dead_letters WHERE id = %s", event))
    assert row["type"] == event_type


def test_page_with_too_many_pixels_fails_alone(bus: PagebusStack) -> None:
    key = f"in/acme/{uuid4()}.tif"

    bus.upload(key, build_two_page_tiff(second_side=60_000))

    ended = bus.wait_for_end(key)
    assert (ended["state"], ended["recognized"], ended["failed"]) == ("completed", 1, 1)
    [failed] = bus.query("SELECT * FROM pages WHERE document = %s AND state = 'failed'", ended["document"])
    assert (failed["page"], failed["reason"]) == (2, "image_too_large")


def announce(
    bus: PagebusStack,
    data: bytes | dict[str, str],
    *,
    event_type: str = "io.pagebus.document.uploaded.v1",
    event: str | None = None,
) -> None:
    headers = {
        "ce_specversion": b"1.0",
        "ce_id": (event or str(uuid4())).encode(),
        "ce_source": b"/somebody",
        "ce_type": event_type.encode(),
        "content-type": b"application/json",
    }
    bus.produce("pagebus.uploads", data if isinstance(data, bytes) else json.dumps(data).encode(), headers, "same")
