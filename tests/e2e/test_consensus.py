"""A page for which two engines are asked: both are named at its end, and where they differed is told."""

import io
import json
from typing import Any
from uuid import uuid4

from confluent_kafka import Message

from events.metadata import entry
from local.samples import make
from tests.kit import Running, body, eventually, header


def blurred_letter() -> bytes:
    """Letters of a few pixels: no engine reads all of them right."""
    file = io.BytesIO()
    make.scan(make.truth("brief")[0], "serif", dpi=80).save(file, "PNG", dpi=(80, 80))
    return file.getvalue()


def test_an_upload_that_asks_for_a_consensus_ends_with_both_engines_and_their_disagreements(bus: Running) -> None:
    key = f"in/acme/{uuid4()}.png"
    bus.upload(key, blurred_letter(), {entry("consensus"): "true"})

    ended = bus.ended(key)

    assert (ended["state"], ended["consensus"], ended["recognized"]) == ("completed", True, 1)
    [page] = bus.rows("SELECT * FROM pages WHERE document = %s", ended["document"])
    assert page["engine"] == "consensus"
    assert all(f"-{engine}-" in page["engine_version"] for engine in ("rapidocr", "tesseract"))
    assert "two are to read it" in page["why"]
    assert "rapidocr and tesseract differ in" in page["why"]
    [told] = written(bus, ended["document"])["pages"]
    assert list(told["made_of"]) == ["rapidocr", "tesseract"]
    assert told["text"] == page["text"]
    assert told["disagreements"]
    for found in told["disagreements"]:
        assert found["read"]["rapidocr"] != found["read"]["tesseract"]
        assert found["taken"] in {*found["read"].values(), ""}
        assert found["why"]


def test_a_request_that_the_second_engine_gets_twice_makes_one_reading(bus: Running) -> None:
    key = f"in/acme/{uuid4()}.png"
    bus.upload(key, blurred_letter(), {entry("consensus"): "true"})
    ended = bus.ended(key)
    [request] = eventually(lambda: bus.said("pagebus.pages.rapidocr", ended["document"]))

    bus.produce(
        "pagebus.pages.rapidocr", request.value(), dict(request.headers() or []), (request.key() or b"").decode()
    )

    both = eventually(lambda: outcomes(bus, ended["document"], 2), what="the same outcome twice")
    assert len({header(record, "ce_id") for record in both}) == 1
    assert len({json.dumps(body(record)["dataref"]) for record in both}) == 1


def written(bus: Running, document: object) -> dict[str, Any]:
    """The document's JSON."""
    key = f"documents/acme/{document}/document.json"
    found: dict[str, Any] = json.load(bus.s3().get_object(Bucket="pagebus-results", Key=key)["Body"])
    return found


def outcomes(bus: Running, document: object, count: int) -> list[Message]:
    found = [
        r for r in bus.said("pagebus.outcomes", document) if header(r, "ce_type") == "io.pagebus.page.recognized.v1"
    ]
    return found if len(found) >= count else []
