"""CloudEvents with the validation rules of eventing-kafka-broker's dispatcher."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STRUCTURED_CONTENT_TYPE = "application/cloudevents+json"
_REQUIRED = ("specversion", "id", "source", "type")
_OPTIONAL = ("datacontenttype", "dataschema", "subject", "time")
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)")
_NAME = re.compile(r"[a-z0-9]+")
_JSON = re.compile(r"(application|text)/([a-zA-Z.]+\+)?json(;.*)?")
_NOT_IN_URI = re.compile(r"[\s<>\"{}|\\^`]")


class InvalidCloudEventError(ValueError):
    """A message that the dispatcher does not accept as a CloudEvent."""


@dataclass(frozen=True)
class CloudEvent:
    """An event: its attributes by their CloudEvents names, including `datacontenttype`, and its data."""

    attributes: Mapping[str, str]
    data: bytes | None

    def as_headers(self) -> list[tuple[str, str]]:
        """Return the HTTP headers of binary mode in the order of the dispatcher."""
        return [(_get_header_name(name), self.attributes[name]) for name in self._order_names()]

    def as_structured(self) -> bytes:
        """Return the JSON of structured mode. JSON data is copied unchanged; other data is encoded in Base64."""
        members = [
            f"{_to_compact_json(name)}:{_to_compact_json(self.attributes[name])}".encode()
            for name in self._order_names()
        ]
        if self.data and _JSON.fullmatch(self.attributes.get("datacontenttype", "application/json")):
            members.append(b'"data":' + self.data)
        elif self.data:
            members.append(b'"data_base64":"' + base64.b64encode(self.data) + b'"')
        return b"{" + b",".join(members) + b"}"

    def _order_names(self) -> list[str]:
        order = (*_REQUIRED, *_OPTIONAL)
        return [*(name for name in order if name in self.attributes), *(self.attributes.keys() - set(order))]


def _get_header_name(name: str) -> str:
    return "content-type" if name == "datacontenttype" else f"ce-{name}"


def from_attributes(attributes: Mapping[str, str], data: bytes | None) -> CloudEvent:
    """Return the event with these attributes. Raise InvalidCloudEventError if an attribute is missing or not valid."""
    if not all(name in attributes for name in _REQUIRED):
        raise InvalidCloudEventError("a required attribute is missing")
    if attributes["specversion"] not in {"1.0", "0.3"}:
        raise InvalidCloudEventError("unknown specversion")
    if not all(_NAME.fullmatch(name) for name in attributes):
        raise InvalidCloudEventError("an attribute name has characters other than lower-case letters and digits")
    if any(_NOT_IN_URI.search(attributes.get(name, "")) for name in ("source", "dataschema")):
        raise InvalidCloudEventError("source or dataschema is not a URI reference")
    if "time" in attributes:
        attributes = {**attributes, "time": normalize_time(attributes["time"])}
    return CloudEvent(attributes, data)


def from_structured(body: bytes | None) -> CloudEvent:
    """Return the event in a body of structured mode, with its JSON data in compact form.

    Raise InvalidCloudEventError if the body is not valid.
    """
    try:
        document = json.loads(body or b"")
    except (ValueError, RecursionError) as error:
        raise InvalidCloudEventError("not JSON, or nested too deeply") from error
    if not isinstance(document, dict) or {"data", "data_base64"} <= document.keys():
        raise InvalidCloudEventError("not a JSON object, or with both data and data_base64")
    if not all(isinstance(document.get(name, ""), str) for name in (*_REQUIRED, *_OPTIONAL)):
        raise InvalidCloudEventError("a context attribute is not a string")
    try:
        return _parse_document(document)
    except (UnicodeEncodeError, RecursionError) as error:
        raise InvalidCloudEventError("an incomplete surrogate pair, or nested too deeply") from error


def _parse_document(document: Mapping[str, Any]) -> CloudEvent:
    attributes = {name: _to_text(value) for name, value in document.items() if not name.startswith("data_")}
    has_data = attributes.pop("data", None) is not None
    if has_data:
        attributes.setdefault("datacontenttype", "application/json")
    return from_attributes(attributes, _decode_data(document, attributes.get("datacontenttype", "")))


def _to_text(value: Any) -> str:
    text = value if isinstance(value, str) else _to_compact_json(value)
    text.encode()  # raises UnicodeEncodeError for an incomplete surrogate pair
    return text


def _to_compact_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _decode_data(document: Mapping[str, Any], content_type: str) -> bytes | None:
    if "data_base64" in document:
        try:
            return base64.b64decode(document["data_base64"], validate=True)
        except (binascii.Error, TypeError, ValueError) as error:
            raise InvalidCloudEventError("data_base64 is not Base64") from error
    if "data" not in document:
        return None
    data = document["data"]
    return (data if isinstance(data, str) and "json" not in content_type else _to_compact_json(data)).encode()


def normalize_time(time: str) -> str:
    """Return an RFC 3339 time as Java prints it: without trailing zeros in the fraction.

    Raise InvalidCloudEventError if `time` is not an RFC 3339 time.
    """
    match = _TIME.fullmatch(time)
    if not match:
        raise InvalidCloudEventError("time is not an RFC 3339 time")
    minutes, seconds, fraction, zone = match.groups()
    fraction = (fraction or "").rstrip("0")
    return f"{minutes}{seconds}{'.' if fraction else ''}{fraction}{zone}"
