"""Display of events: short event types, type patterns, function names, event data and answers of functions."""

import base64
import binascii
import json
import re
from typing import Any
from urllib.parse import urlsplit

from events.catalogue import RAW_RECORD_TYPE, TYPE_PREFIX
from local.cli.shell.screen import shorten_to_line

_VERSION = re.compile(r"\.v\d+$")
_RAW = "raw record"
_LONGEST_ANSWER = 100


def shorten_type(event_type: str) -> str:
    """Return a Pagebus event type without its prefix and version, or another type unchanged."""
    if event_type == RAW_RECORD_TYPE:
        return _RAW
    return _VERSION.sub("", event_type.removeprefix(TYPE_PREFIX)) if event_type.startswith(TYPE_PREFIX) else event_type


def matches_type(event_type: str, pattern: str) -> bool:
    """Return whether the full or the short event type matches the pattern, in which `*` stands for any text."""
    expression = re.compile(re.escape(pattern).replace(r"\*", ".*"), re.DOTALL)
    return any(expression.fullmatch(name) for name in (event_type, shorten_type(event_type)))


def build_like_patterns(pattern: str) -> list[str]:
    """Return SQL LIKE patterns; an event type that is LIKE one of them also fulfils `matches_type`."""
    like = re.sub(r"([\\%_])", r"\\\1", pattern).replace("*", "%")
    raw = [RAW_RECORD_TYPE] if matches_type(RAW_RECORD_TYPE, pattern) else []
    return [like, f"{TYPE_PREFIX}{like}.v_", f"{TYPE_PREFIX}{like}.v__", *raw]


def extract_function_name(url: str) -> str:
    """Return the name of the Service behind a cluster-internal URL, or the host of any other URL."""
    host = urlsplit(url).hostname or url
    return host.partition(".")[0] if host.endswith(".svc.cluster.local") else host


def data_as_dict(data: bytes) -> dict[str, Any]:
    """Return event data as in the JSON format of CloudEvents.

    The key is `data` for JSON or text, and `data_base64` for any other bytes.
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
    """Return the first line of a function's answer to an event, at most 100 characters, without the event type."""
    lines = extract_detail(answer).strip().splitlines()
    return shorten_to_line(lines[0].removeprefix(f"{event_type}: "), _LONGEST_ANSWER) if lines else ""


def extract_detail(answer: str) -> str:
    """Return the `detail` of an answer in JSON, as Pagebus functions give it, or any other answer unchanged."""
    try:
        return str(json.loads(answer)["detail"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return answer


def decode_answer(attribute: str) -> str:
    """Return the answer in Knative's attribute `knativeerrordata`, which is Base64, or other text unchanged."""
    try:
        return base64.b64decode(attribute, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return attribute
