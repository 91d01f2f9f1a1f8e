"""What a changed schema breaks for those who still live by the old one, for schemas as generate.py makes them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]

_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


def breaks_readers(old: Schema, new: Schema) -> list[str]:
    """Why a consumer written for `old` cannot rely on data of `new`. A further code is no reason: codes are added."""
    return list(_differences(_Change(_inlined(old, old), _inlined(new, new), new_is_written=True), "data"))


def breaks_writers(old: Schema, new: Schema) -> list[str]:
    """Why data of `old` is no longer understood by those who read `new`."""
    return list(_differences(_Change(_inlined(old, old), _inlined(new, new), new_is_written=False), "data"))


@dataclass(frozen=True)
class _Change:
    """The same place in both schemas. Whoever writes must stay within what the other one reads."""

    old: Schema
    new: Schema
    new_is_written: bool

    @property
    def written(self) -> Schema:
        return self.new if self.new_is_written else self.old

    @property
    def read(self) -> Schema:
        return self.old if self.new_is_written else self.new

    def at(self, old: Schema, new: Schema) -> "_Change":
        return _Change(old, new, self.new_is_written)

    def demanded(self) -> set[str]:
        """What the reader cannot do without. We fill in defaults; nobody knows whether strangers do."""
        required = set(self.read.get("required", ()))
        filled = {name for name, schema in self.read.get("properties", {}).items() if "default" in schema}
        return required if self.new_is_written else required - filled


def _inlined(node: Any, root: Schema) -> Any:
    """The schema without `$ref`. Payloads are trees: a recursive one would not end here."""
    if isinstance(node, list):
        return [_inlined(item, root) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = root["$defs"][node["$ref"].removeprefix("#/$defs/")]
        node = {**target, **{name: value for name, value in node.items() if name != "$ref"}}
    return {name: _inlined(value, root) for name, value in node.items() if name != "$defs"}


def _differences(change: _Change, where: str) -> Iterator[str]:
    written, read = _kinds(change.written), _kinds(change.read)
    old, new = _kinds(change.old), _kinds(change.new)
    for kind in written.keys() - read.keys():
        if not (kind == "integer" and "number" in read):
            yield f"{where}: {kind} is not {' or '.join(sorted(read))}"
    for kind in sorted(old.keys() & new.keys()):
        same_kind = change.at(old[kind], new[kind])
        yield from _narrowed(same_kind, where)
        yield from _fields(same_kind, where)
        if "items" in old[kind] and "items" in new[kind]:
            yield from _differences(change.at(old[kind]["items"], new[kind]["items"]), f"{where}[]")


def _kinds(schema: Schema) -> dict[str, Schema]:
    """The alternatives by their JSON type."""
    alternatives = schema.get("anyOf", [schema])
    kinds = {alternative.get("type", "anything"): alternative for alternative in alternatives}
    if len(kinds) < len(alternatives):
        raise ValueError("alternatives of the same type cannot be compared")
    return kinds


def _narrowed(change: _Change, where: str) -> Iterator[str]:
    """Where values may be written that the reader does not take."""
    yield from _codes(change, where)
    for name in ("pattern", "format"):
        if name in change.read and change.written.get(name) != change.read[name]:
            yield f"{where}: another {name}"
    for name in (*_LOWER, *_UPPER):
        if name in change.read and not _within(name, change.written.get(name), change.read[name]):
            yield f"{where}: another {name}"


def _codes(change: _Change, where: str) -> Iterator[str]:
    old, new = _values(change.old), _values(change.new)
    if old and new:
        yield from (f"{where}: {value} is gone" for value in sorted(old - new))
    elif _values(change.read):
        yield f"{where}: any value may stand where there was a list"


def _values(schema: Schema) -> set[str]:
    return set(schema.get("enum", [schema["const"]] if "const" in schema else []))


def _within(name: str, written: float | None, read: float) -> bool:
    if written is None:
        return False
    return written >= read if name in _LOWER else written <= read


def _fields(change: _Change, where: str) -> Iterator[str]:
    old, new = change.old.get("properties", {}), change.new.get("properties", {})
    yield from (f"{where}.{name}: is gone" for name in sorted(old.keys() - new.keys()))
    promised = set(change.written.get("required", ()))
    for name in sorted(change.demanded() - promised - (old.keys() - new.keys())):
        yield f"{where}.{name}: may be missing where it is required"
    if change.read.get("additionalProperties") is False:
        unknown = change.written.get("properties", {}).keys() - change.read["properties"].keys()
        yield from (f"{where}.{name}: is refused" for name in sorted(unknown & new.keys()))
        if change.written.get("additionalProperties") is not False:
            yield f"{where}: further fields are refused"
    for name in sorted(old.keys() & new.keys()):
        yield from _differences(change.at(old[name], new[name]), f"{where}.{name}")
