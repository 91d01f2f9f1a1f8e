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
from functions.dead_letter.letter import error_code, error_data, error_dest, offset, partition, received
from functions.dead_letter.unusable import unusable_page

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


def letter(said: object) -> Envelope:
    return received(HEADERS, json.dumps(said).encode())


def test_what_knative_says_of_the_failure_is_decoded() -> None:
    kept = letter(REQUEST)
    assert error_dest(kept) == "http://tesseract.default.svc.cluster.local"
    assert (error_code(kept), error_data(kept), partition(kept), offset(kept)) == (422, "müßig", 3, 12345678901)


@pytest.mark.parametrize("code", ["", "abc", "-1", "9" * 40, "²"])
def test_a_code_that_is_none_is_left_out(code: str) -> None:
    assert error_code(received(HEADERS | {"Ce-Knativeerrorcode": code}, b"")) is None


def test_error_data_that_is_not_base64_is_kept_as_it_is() -> None:
    assert error_data(received(HEADERS | {"Ce-Knativeerrordata": "plain text"}, b"")) == "plain text"


@pytest.mark.parametrize(
    "change", [{"Ce-Id": ""}, {"Ce-Type": ""}, {"Ce-Subject": ""}, {"Ce-Specversion": "0.3"}, {"Ce-Time": "noon"}]
)
def test_what_is_not_quite_a_cloudevent_is_read_all_the_same(change: dict[str, str]) -> None:
    kept = received(HEADERS | change, b"data")
    assert (kept.source, kept.data, error_code(kept)) == ("/s", b"data", 422)


_LATIN_1 = st.text(st.characters(max_codepoint=255), max_size=20)


@given(st.dictionaries(st.sampled_from([*HEADERS, "Ce-Subject", "Ce-Time", "Ce-X"]), _LATIN_1), st.binary(max_size=50))
def test_nothing_that_arrives_is_refused(headers: dict[str, str], body: bytes) -> None:
    kept = received(headers, body)
    error_code(kept), error_data(kept), partition(kept), offset(kept)
    unusable_page(kept)


@pytest.mark.parametrize("change", [{"min_confidence": "high"}, {"route": "a,b"}, {"sha256": 1}, {"engine": 7}])
def test_a_request_that_could_not_be_understood_ends_its_page(change: dict[str, Any]) -> None:
    failed = unusable_page(letter(REQUEST | change))
    assert failed is not None
    assert (str(failed.document), failed.page) == (REQUEST["document"], REQUEST["page"])
    assert failed.reason is PageFailure.UNUSABLE_EVENT


@pytest.mark.parametrize(
    "said", [{k: v for k, v in REQUEST.items() if k != "page"}, REQUEST | {"document": "a"}, [], "x", None]
)
def test_a_request_that_does_not_say_which_page_ends_none(said: object) -> None:
    assert unusable_page(letter(said)) is None


def test_data_that_is_not_json_ends_none() -> None:
    assert unusable_page(received(HEADERS, b"\xff{")) is None
    assert unusable_page(received(HEADERS, b"[" * 100_000)) is None


@pytest.mark.parametrize("code", ["500", "502", "503", "404"])
def test_a_request_that_was_not_refused_but_failed_ends_none(code: str) -> None:
    kept = letter(REQUEST)
    assert unusable_page(replace(kept, extensions=kept.extensions | {"knativeerrorcode": code})) is None


def test_another_event_that_was_refused_ends_no_page() -> None:
    assert unusable_page(replace(letter(REQUEST), type="dev.knative.kafka.event")) is None
