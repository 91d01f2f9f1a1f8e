"""Bad input gets a clear, typed end, and holds nobody up."""

import json
import struct
import zlib
from uuid import uuid4

import pytest

from tests.e2e.odd_documents import two_pages
from tests.kit import SAMPLES, Running, eventually, header

INVOICE = (SAMPLES / "rechnung.pdf").read_bytes()
LETTER = (SAMPLES / "brief.png").read_bytes()

# A PDF that demands a password: the standard security handler with keys that no password fits.
ENCRYPTED = INVOICE.replace(
    b"trailer<<",
    b"trailer<< /Encrypt << /Filter /Standard /V 1 /R 2 /P -1 /O <" + b"41" * 32 + b"> /U <" + b"42" * 32 + b"> >>"
    b" /ID [<" + b"43" * 16 + b"> <" + b"43" * 16 + b">]",
)

assert ENCRYPTED != INVOICE


def huge_png(side: int) -> bytes:
    """A small file that claims side x side pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header_ = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header_)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


BAD = {
    "leer.pdf": (b"", "empty"),
    "notiz.pdf": ("Nur Text, kein PDF: Größe".encode(), "unsupported_type"),
    "halb.pdf": (INVOICE[: len(INVOICE) // 2], "damaged_pdf"),
    "geheim.pdf": (ENCRYPTED, "password_required"),
    "riesig.png": (huge_png(60_000), "image_too_large"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_document_is_rejected_with_a_reason(bus: Running, name: str) -> None:
    body, reason = BAD[name]
    key = f"in/acme/{uuid4()}-{name}"

    bus.upload(key, body)

    ended = bus.ended(key)
    assert (ended["state"], ended["reason"]) == ("rejected", reason)
    assert ended["message"]
    assert "Traceback" not in ended["message"]
    [said] = eventually(lambda: bus.said("pagebus.documents", ended["document"]))
    assert header(said, "ce_type") == "io.pagebus.document.rejected.v1"
    assert json.loads(said.value() or b"")["reason"] == reason


@pytest.mark.parametrize("folder", ["in/", "", "elsewhere/acme/", "in/../"])
def test_a_key_outside_a_tenants_folder_is_rejected(bus: Running, folder: str) -> None:
    key = f"{folder}{uuid4()}.png"

    bus.upload(key, LETTER)

    ended = bus.ended(key)
    assert (ended["state"], ended["reason"], ended["tenant"]) == ("rejected", "outside_tenant_folder", "")


def test_an_object_that_is_not_there_is_rejected(bus: Running) -> None:
    key = f"announced/acme/{uuid4()}.png"

    announce(bus, {"bucket": "pagebus-uploads", "key": key})

    ended = bus.ended(key)
    assert (ended["state"], ended["reason"]) == ("rejected", "not_found")


def test_an_option_that_makes_no_sense_is_refused_by_its_name(bus: Running) -> None:
    key = f"in/acme/{uuid4()}.png"

    bus.upload(key, LETTER, {"pagebus-min-confidence": "viel"})

    ended = bus.ended(key)
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
def test_an_unusable_event_is_dead_lettered_with_knatives_attributes_and_blocks_nothing(
    bus: Running, event_type: str, data: bytes
) -> None:
    event = str(uuid4())
    after = f"announced/acme/{uuid4()}.png"
    bus.upload(after, LETTER)

    announce(bus, data, event_type=event_type, event=event)
    announce(bus, {"bucket": "pagebus-uploads", "key": after})

    dead = eventually(lambda: [r for r in bus.records("pagebus.dead-letters") if header(r, "ce_id") == event])[0]
    assert header(dead, "ce_knativeerrorcode") == "422"
    assert (header(dead, "ce_knativeerrordest") or "").startswith("http://intake.")
    assert header(dead, "ce_knativeerrordata")
    assert bus.ended(after)["state"] == "completed"
    [kept] = eventually(lambda: bus.rows("SELECT * FROM dead_letters WHERE id = %s", event))
    assert kept["type"] == event_type


def test_a_page_that_claims_too_many_pixels_fails_alone(bus: Running) -> None:
    key = f"in/acme/{uuid4()}.tif"

    bus.upload(key, two_pages(second_side=60_000))

    ended = bus.ended(key)
    assert (ended["state"], ended["recognized"], ended["failed"]) == ("completed", 1, 1)
    [failed] = bus.rows("SELECT * FROM pages WHERE document = %s AND state = 'failed'", ended["document"])
    assert (failed["page"], failed["reason"]) == (2, "image_too_large")


def announce(
    bus: Running,
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
