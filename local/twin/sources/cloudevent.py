"""CloudEvents as eventing-kafka-broker's dispatcher reads them: what is one, and what is not."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STRUCTURED = "application/cloudevents+json"
_REQUIRED = ("specversion", "id", "source", "type")
_OPTIONAL = ("datacontenttype", "dataschema", "subject", "time")
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)")
_NAME = re.compile(r"[a-z0-9]+")
_JSON = re.compile(r"(application|text)/([a-zA-Z.]+\+)?json(;.*)?")
_NO_URI = re.compile(r"[\s<>\"{}|\\^`]")


class NoCloudEventError(ValueError):
    """The dispatcher would not take this for a CloudEvent."""


@dataclass(frozen=True)
class Event:
    """Attributes by their CloudEvents names (`datacontenttype` among them), and the bytes of the data."""

    attributes: Mapping[str, str]
    data: bytes | None

    def headers(self) -> list[tuple[str, str]]:
        """HTTP headers of binary mode, in the order in which the dispatcher writes them."""
        return [(_header(name), self.attributes[name]) for name in self._names()]

    def structured(self) -> bytes:
        """The JSON of structured mode: data that is called JSON stands there as it came, all other as Base64."""
        members = [f"{_compact(name)}:{_compact(self.attributes[name])}".encode() for name in self._names()]
        if self.data and _JSON.fullmatch(self.attributes.get("datacontenttype", "application/json")):
            members.append(b'"data":' + self.data)
        elif self.data:
            members.append(b'"data_base64":"' + base64.b64encode(self.data) + b'"')
        return b"{" + b",".join(members) + b"}"

    def _names(self) -> list[str]:
        order = (*_REQUIRED, *_OPTIONAL)
        return [*(name for name in order if name in self.attributes), *(self.attributes.keys() - set(order))]


def _header(name: str) -> str:
    return "content-type" if name == "datacontenttype" else f"ce-{name}"


def from_attributes(attributes: Mapping[str, str], data: bytes | None) -> Event:
    """The event of binary mode; raises NoCloudEventError."""
    if not all(name in attributes for name in _REQUIRED):
        raise NoCloudEventError("a required attribute is missing")
    if attributes["specversion"] not in {"1.0", "0.3"}:
        raise NoCloudEventError("unknown specversion")
    if not all(_NAME.fullmatch(name) for name in attributes):
        raise NoCloudEventError("an attribute's name is not lower-case letters and digits")
    if any(_NO_URI.search(attributes.get(name, "")) for name in ("source", "dataschema")):
        raise NoCloudEventError("source or dataschema is no URI reference")
    if "time" in attributes:
        attributes = {**attributes, "time": reparsed(attributes["time"])}
    return Event(attributes, data)


def from_structured(body: bytes | None) -> Event:
    """The event of structured mode, its JSON data written anew and compact; raises NoCloudEventError."""
    try:
        document = json.loads(body or b"")
    except (ValueError, RecursionError) as error:
        raise NoCloudEventError("no JSON, or nested too deep") from error
    if not isinstance(document, dict) or {"data", "data_base64"} <= document.keys():
        raise NoCloudEventError("no JSON object, or both data and data_base64")
    if not all(isinstance(document.get(name, ""), str) for name in (*_REQUIRED, *_OPTIONAL)):
        raise NoCloudEventError("a context attribute is no text")
    try:
        return _from_document(document)
    except (UnicodeEncodeError, RecursionError) as error:
        raise NoCloudEventError("half a surrogate pair, or nested too deep") from error


def _from_document(document: Mapping[str, Any]) -> Event:
    attributes = {name: _text(value) for name, value in document.items() if not name.startswith("data_")}
    carries = attributes.pop("data", None) is not None
    if carries:
        attributes.setdefault("datacontenttype", "application/json")
    return from_attributes(attributes, _data(document, attributes.get("datacontenttype", "")))


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else _compact(value)
    text.encode()  # half a surrogate pair is no text
    return text


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _data(document: Mapping[str, Any], content_type: str) -> bytes | None:
    if "data_base64" in document:
        try:
            return base64.b64decode(document["data_base64"], validate=True)
        except (binascii.Error, TypeError, ValueError) as error:
            raise NoCloudEventError("data_base64 is no base64") from error
    if "data" not in document:
        return None
    data = document["data"]
    return (data if isinstance(data, str) and "json" not in content_type else _compact(data)).encode()


def reparsed(time: str) -> str:
    """An RFC 3339 time as Java prints it again: no trailing zeros in the fraction; raises NoCloudEventError."""
    found = _TIME.fullmatch(time)
    if not found:
        raise NoCloudEventError("time is no RFC 3339 time")
    minutes, seconds, fraction, zone = found.groups()
    fraction = (fraction or "").rstrip("0")
    return f"{minutes}{seconds}{'.' if fraction else ''}{fraction}{zone}"
