"""Parsing of dead letters, and the failure of a page whose request was unusable."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.envelope import Envelope
from events.examples import EXAMPLES
from events.page import PageRequested
from events.reasons import PageFailure
from functions.dead_letter.handler import build_page_failure
from functions.dead_letter.parsing import DeliveryFailure, parse_dead_letter

REQUEST: dict[str, Any] = json.loads(EXAMPLES[PageRequested.TYPE].model_dump_json())
HEADERS = {
    "Ce-Specversion": "1.0",
    "Ce-Id": "1",
    "Ce-Source": "/s",
    "Ce-Type": PageRequested.TYPE,
    "Ce-Knativeerrordest": "http://tesseract.default.svc.cluster.local",
    "Ce-Knativeerrorcode": "422",
    "Ce-Knativeerrordata": base64.b64encode("müßig".encode()).decode(),
    "Ce-Knativekafkapartition": "3",
    "Ce-Knativekafkaoffset": "12345678901",
    "Content-Type": "application/json",
}


def make_dead_letter(payload: object) -> Envelope:
    return parse_dead_letter(HEADERS, json.dumps(payload).encode())


def parse_failure(**headers: str) -> DeliveryFailure:
    return DeliveryFailure.from_envelope(parse_dead_letter(HEADERS | headers, b""))


def test_delivery_failure_is_decoded() -> None:
    failure = DeliveryFailure.from_envelope(make_dead_letter(REQUEST))
    assert failure.destination == "http://tesseract.default.svc.cluster.local"
    assert (failure.code, failure.data, failure.partition, failure.offset) == (422, "müßig", 3, 12345678901)


@pytest.mark.parametrize("code", ["", "abc", "-1", "9" * 40, "²"])
def test_malformed_error_code_is_none(code: str) -> None:
    assert parse_failure(**{"Ce-Knativeerrorcode": code}).code is None


def test_error_data_without_base64_stays_unchanged() -> None:
    assert parse_failure(**{"Ce-Knativeerrordata": "plain text"}).data == "plain text"


@pytest.mark.parametrize(
    "change", [{"Ce-Id": ""}, {"Ce-Type": ""}, {"Ce-Subject": ""}, {"Ce-Specversion": "0.3"}, {"Ce-Time": "noon"}]
)
def test_invalid_cloudevent_is_still_parsed(change: dict[str, str]) -> None:
    letter = parse_dead_letter(HEADERS | change, b"data")
    code = DeliveryFailure.from_envelope(letter).code
    assert (letter.source, letter.data, code) == ("/s", b"data", 422)


_LATIN_1 = st.text(st.characters(max_codepoint=255), max_size=20)


@given(st.dictionaries(st.sampled_from([*HEADERS, "Ce-Subject", "Ce-Time", "Ce-X"]), _LATIN_1), st.binary(max_size=50))
def test_every_request_is_parsed_without_error(headers: dict[str, str], body: bytes) -> None:
    letter = parse_dead_letter(headers, body)
    DeliveryFailure.from_envelope(letter)
    build_page_failure(letter)


@pytest.mark.parametrize("change", [{"min_confidence": "high"}, {"route": "a,b"}, {"sha256": 1}, {"engine": 7}])
def test_unusable_request_fails_its_page(change: dict[str, Any]) -> None:
    failed = build_page_failure(make_dead_letter(REQUEST | change))
    assert failed is not None
    assert (str(failed.document), failed.page) == (REQUEST["document"], REQUEST["page"])
    assert failed.reason is PageFailure.UNUSABLE_EVENT


@pytest.mark.parametrize(
    "payload", [{k: v for k, v in REQUEST.items() if k != "page"}, REQUEST | {"document": "a"}, [], "x", None]
)
def test_request_without_page_fails_no_page(payload: object) -> None:
    assert build_page_failure(make_dead_letter(payload)) is None


def test_data_without_json_fails_no_page() -> None:
    assert build_page_failure(parse_dead_letter(HEADERS, b"\xff{")) is None
    assert build_page_failure(parse_dead_letter(HEADERS, b"[" * 100_000)) is None


@pytest.mark.parametrize("code", ["500", "502", "503", "404"])
def test_undelivered_request_fails_no_page(code: str) -> None:
    letter = make_dead_letter(REQUEST)
    assert build_page_failure(replace(letter, extensions=letter.extensions | {"knativeerrorcode": code})) is None


def test_other_refused_event_fails_no_page() -> None:
    assert build_page_failure(replace(make_dead_letter(REQUEST), type="dev.knative.kafka.event")) is None
