"""Formats of events for users: short event types, type patterns, function names, event data, answers of functions."""

import base64
import binascii
import json
import re
from typing import Any
from urllib.parse import urlsplit

from events.catalogue import RAW_RECORD_TYPE, TYPE_PREFIX
from local.cli.shell.screen import shorten_to_line

_VERSION = re.compile(r"\.v\d+$")
_RAW_RECORD_LABEL = "raw record"
_MAX_ANSWER_CHARACTERS = 100


def shorten_type(event_type: str) -> str:
    """Return a Pagebus event type without its prefix and version, or another type unchanged."""
    if event_type == RAW_RECORD_TYPE:
        return _RAW_RECORD_LABEL
    return _VERSION.sub("", event_type.removeprefix(TYPE_PREFIX)) if event_type.startswith(TYPE_PREFIX) else event_type


def is_matching_type(event_type: str, pattern: str) -> bool:
    """Return whether the full or the short event type matches the pattern. A `*` in the pattern matches any text."""
    expression = re.compile(re.escape(pattern).replace(r"\*", ".*"), re.DOTALL)
    return any(expression.fullmatch(name) for name in (event_type, shorten_type(event_type)))


def build_like_patterns(pattern: str) -> list[str]:
    """Return SQL LIKE patterns that select the same event types as `is_matching_type` does with this pattern."""
    like_pattern = re.sub(r"([\\%_])", r"\\\1", pattern).replace("*", "%")
    raw_patterns = [RAW_RECORD_TYPE] if is_matching_type(RAW_RECORD_TYPE, pattern) else []
    return [like_pattern, f"{TYPE_PREFIX}{like_pattern}.v_", f"{TYPE_PREFIX}{like_pattern}.v__", *raw_patterns]


def extract_function_name(url: str) -> str:
    """Return the name of the Service behind a cluster-internal URL, or the host of any other URL."""
    host = urlsplit(url).hostname or url
    return host.partition(".")[0] if host.endswith(".svc.cluster.local") else host


def data_as_dict(data: bytes) -> dict[str, Any]:
    """Return event data in the JSON format of CloudEvents: one entry with the key `data` or `data_base64`.

    `data` has a JSON value or a text. `data_base64` has any other bytes in Base64.
    """
    try:
        return {"data": json.loads(data)}
    except (ValueError, RecursionError):
        pass
    try:
        return {"data": data.decode()}
    except UnicodeDecodeError:
        return {"data_base64": base64.b64encode(data).decode()}


def summarize_answer(answer: str, event_type: str) -> str:
    """Return the first line of a function's answer to an event, without the event type at its start.

    The result has at most 100 characters. It is empty if the answer is empty.
    """
    lines = extract_detail(answer).strip().splitlines()
    return shorten_to_line(lines[0].removeprefix(f"{event_type}: "), _MAX_ANSWER_CHARACTERS) if lines else ""


def extract_detail(answer: str) -> str:
    """Return the field `detail` of a function's JSON answer. Return an answer without this field unchanged."""
    try:
        return str(json.loads(answer)["detail"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return answer


def decode_answer(attribute: str) -> str:
    """Return the answer that Knative's attribute `knativeerrordata` contains in Base64.

    Return the attribute unchanged if it is not valid Base64.
    """
    try:
        return base64.b64decode(attribute, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return attribute
