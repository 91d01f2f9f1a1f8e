"""Compatibility check of JSON schemas as generate.py writes them: which changes break clients of the old schema."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]

_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


def find_consumer_breaks(old: Schema, new: Schema) -> list[str]:
    """Return the changes that break a consumer of `old`. Additional enum values do not count: codes may be added."""
    return list(
        _find_problems(
            _Change(_replace_references(old, old), _replace_references(new, new), new_is_written=True), "data"
        )
    )


def find_producer_breaks(old: Schema, new: Schema) -> list[str]:
    """Return the reasons why a consumer of `new` cannot read data of `old`."""
    return list(
        _find_problems(
            _Change(_replace_references(old, old), _replace_references(new, new), new_is_written=False), "data"
        )
    )


@dataclass(frozen=True)
class _Change:
    """The same location in both schemas. The written schema must allow only values that the read schema accepts."""

    old: Schema
    new: Schema
    new_is_written: bool

    @property
    def written(self) -> Schema:
        return self.new if self.new_is_written else self.old

    @property
    def read(self) -> Schema:
        return self.old if self.new_is_written else self.new

    def move_to(self, old: Schema, new: Schema) -> "_Change":
        return _Change(old, new, self.new_is_written)

    def list_required(self) -> set[str]:
        """Return the fields that the reader needs. Functions fill in defaults; consumers of other systems may not."""
        required = set(self.read.get("required", ()))
        with_default = {name for name, schema in self.read.get("properties", {}).items() if "default" in schema}
        return required if self.new_is_written else required - with_default


def _replace_references(node: Any, root: Schema) -> Any:
    """Return the schema with `$ref` replaced by its target. Payloads are not recursive."""
    if isinstance(node, list):
        return [_replace_references(item, root) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = root["$defs"][node["$ref"].removeprefix("#/$defs/")]
        node = {**target, **{name: value for name, value in node.items() if name != "$ref"}}
    return {name: _replace_references(value, root) for name, value in node.items() if name != "$defs"}


def _find_problems(change: _Change, where: str) -> Iterator[str]:
    written, read = _split_by_type(change.written), _split_by_type(change.read)
    old, new = _split_by_type(change.old), _split_by_type(change.new)
    for kind in written.keys() - read.keys():
        if not (kind == "integer" and "number" in read):
            yield f"{where}: {kind} is not {' or '.join(sorted(read))}"
    for kind in sorted(old.keys() & new.keys()):
        same_kind = change.move_to(old[kind], new[kind])
        yield from _find_narrowed_values(same_kind, where)
        yield from _find_field_problems(same_kind, where)
        if "items" in old[kind] and "items" in new[kind]:
            yield from _find_problems(change.move_to(old[kind]["items"], new[kind]["items"]), f"{where}[]")


def _split_by_type(schema: Schema) -> dict[str, Schema]:
    """Return the alternatives of a schema by their JSON type. Raise ValueError if two have the same type."""
    alternatives = schema.get("anyOf", [schema])
    kinds = {alternative.get("type", "anything"): alternative for alternative in alternatives}
    if len(kinds) < len(alternatives):
        raise ValueError("alternatives of the same type cannot be compared")
    return kinds


def _find_narrowed_values(change: _Change, where: str) -> Iterator[str]:
    """Yield the constraints of the reader that the writer does not have."""
    yield from _find_enum_problems(change, where)
    for name in ("pattern", "format"):
        if name in change.read and change.written.get(name) != change.read[name]:
            yield f"{where}: another {name}"
    for name in (*_LOWER, *_UPPER):
        if name in change.read and not _is_within(name, change.written.get(name), change.read[name]):
            yield f"{where}: another {name}"


def _find_enum_problems(change: _Change, where: str) -> Iterator[str]:
    old, new = _get_enum_values(change.old), _get_enum_values(change.new)
    if old and new:
        yield from (f"{where}: {value} is gone" for value in sorted(old - new))
    elif _get_enum_values(change.read):
        yield f"{where}: any value may stand where there was a list"


def _get_enum_values(schema: Schema) -> set[str]:
    return set(schema.get("enum", [schema["const"]] if "const" in schema else []))


def _is_within(name: str, written: float | None, read: float) -> bool:
    if written is None:
        return False
    return written >= read if name in _LOWER else written <= read


def _find_field_problems(change: _Change, where: str) -> Iterator[str]:
    old, new = change.old.get("properties", {}), change.new.get("properties", {})
    yield from (f"{where}.{name}: is gone" for name in sorted(old.keys() - new.keys()))
    guaranteed = set(change.written.get("required", ()))
    for name in sorted(change.list_required() - guaranteed - (old.keys() - new.keys())):
        yield f"{where}.{name}: may be missing where it is required"
    if change.read.get("additionalProperties") is False:
        unknown = change.written.get("properties", {}).keys() - change.read["properties"].keys()
        yield from (f"{where}.{name}: is refused" for name in sorted(unknown & new.keys()))
        if change.written.get("additionalProperties") is not False:
            yield f"{where}: further fields are refused"
    for name in sorted(old.keys() & new.keys()):
        yield from _find_problems(change.move_to(old[name], new[name]), f"{where}.{name}")
