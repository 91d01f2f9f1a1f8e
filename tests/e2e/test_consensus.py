"""Tests of a consensus: two engines read a page, and the result has both names and their disagreements."""

import io
import json
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import Message

from events.metadata import get_entry_name
from local.samples import make
from tests.kit import PagebusStack, get_header, parse_body, wait_for

# Engines and their vote do not depend on the platform.
pytestmark = pytest.mark.parametrize("bus", ["embedded"], indirect=True)


def render_blurred_letter() -> bytes:
    """Return a scan with so few pixels per letter that no engine reads all of them correctly."""
    file = io.BytesIO()
    make.render_scan(make.load_truth("brief")[0], "serif", dpi=80).save(file, "PNG", dpi=(80, 80))
    return file.getvalue()


def test_consensus_has_both_engines_and_their_disagreements(bus: PagebusStack) -> None:
    key = f"in/acme/{uuid4()}.png"
    bus.upload(key, render_blurred_letter(), {get_entry_name("consensus"): "true"})

    ended = bus.wait_for_end(key)

    assert (ended["state"], ended["consensus"], ended["recognized"]) == ("completed", True, 1)
    [page] = bus.query("SELECT * FROM pages WHERE document = %s", ended["document"])
    assert page["engine"] == "consensus"
    assert all(f"-{engine}-" in page["engine_version"] for engine in ("rapidocr", "tesseract"))
    assert "a consensus needs two engines" in page["why"]
    assert "rapidocr and tesseract differ in" in page["why"]
    [result] = load_document_json(bus, ended["document"])["pages"]
    assert list(result["made_of"]) == ["rapidocr", "tesseract"]
    assert result["text"] == page["text"]
    assert result["disagreements"]
    for disagreement in result["disagreements"]:
        assert disagreement["read"]["rapidocr"] != disagreement["read"]["tesseract"]
        assert disagreement["taken"] in {*disagreement["read"].values(), ""}
        assert disagreement["why"]


def test_duplicate_request_to_second_engine_makes_one_reading(bus: PagebusStack) -> None:
    key = f"in/acme/{uuid4()}.png"
    bus.upload(key, render_blurred_letter(), {get_entry_name("consensus"): "true"})
    ended = bus.wait_for_end(key)
    [request] = wait_for(lambda: bus.read_document_records("pagebus.pages.rapidocr", ended["document"]))

    bus.produce(
        "pagebus.pages.rapidocr", request.value(), dict(request.headers() or []), (request.key() or b"").decode()
    )

    both = wait_for(lambda: find_outcomes(bus, ended["document"], 2), what="the same outcome twice")
    assert len({get_header(record, "ce_id") for record in both}) == 1
    assert len({json.dumps(parse_body(record)["dataref"]) for record in both}) == 1


def load_document_json(bus: PagebusStack, document: object) -> dict[str, Any]:
    key = f"documents/acme/{document}/document.json"
    content: dict[str, Any] = json.load(bus.create_s3_client().get_object(Bucket="pagebus-results", Key=key)["Body"])
    return content


def find_outcomes(bus: PagebusStack, document: object, count: int) -> list[Message]:
    """Return the recognized pages on the topic of outcomes, or an empty list if there are fewer than `count`."""
    records = [
        r
        for r in bus.read_document_records("pagebus.outcomes", document)
        if get_header(r, "ce_type") == "io.pagebus.page.recognized.v1"
    ]
    return records if len(records) >= count else []
