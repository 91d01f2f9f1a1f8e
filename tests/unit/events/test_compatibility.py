"""The guard of the contract sees what it must see, shown on made-up changes."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.contract.events.compatibility import breaks_readers, breaks_writers

Schema = dict[str, Any]
Change = Callable[[Schema], object]

SCHEMA: Schema = {
    "$defs": {
        "Color": {"enum": ["red", "green"], "type": "string"},
        "Part": {"type": "object", "properties": {"size": {"type": "integer", "minimum": 0}}, "required": ["size"]},
    },
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z]+$"},
        "color": {"$ref": "#/$defs/Color"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "share": {"type": "number", "minimum": 0, "maximum": 1},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
    },
    "required": ["name", "color", "parts"],
}


def changed(*changes: Change) -> Schema:
    schema = deepcopy(SCHEMA)
    for change in changes:
        change(schema)
    return schema


def field(name: str, schema: Schema) -> Change:
    return lambda whole: whole["properties"].update({name: schema})


def gone(name: str) -> Change:
    def remove(whole: Schema) -> None:
        del whole["properties"][name]
        whole["required"] = [required for required in whole["required"] if required != name]

    return remove


def required(*names: str) -> Change:
    return lambda whole: whole.update(required=list(names))


def part(schema: Schema) -> Change:
    return lambda whole: whole["$defs"]["Part"].update(schema)


def colors(*values: str) -> Change:
    return lambda whole: whole["$defs"]["Color"].update(enum=list(values))


def closed(whole: Schema) -> None:
    whole["additionalProperties"] = False


@pytest.mark.parametrize(
    "change",
    [
        gone("note"),
        gone("name"),
        field("name", {"type": "integer"}),
        field("name", {"type": "string"}),
        field("name", {"anyOf": [{"type": "string", "pattern": "^[a-z]+$"}, {"type": "null"}]}),
        required("name", "color"),
        colors("red"),
        field("color", {"type": "string"}),
        field("share", {"type": "number", "minimum": 0, "maximum": 100}),
        field("share", {"type": "number", "minimum": -1, "maximum": 1}),
        field("share", {"type": "string"}),
        part({"properties": {"size": {"type": "number", "minimum": 0}}}),
        part({"required": []}),
        part({"properties": {}, "required": []}),
        field("parts", {"$ref": "#/$defs/Part"}),
    ],
    ids=[
        "an optional field is gone",
        "a required field is gone",
        "another type",
        "any text where there was a pattern",
        "null where there was none",
        "a promised field may be missing",
        "a code is gone",
        "any text where there were codes",
        "a higher maximum",
        "a lower minimum",
        "text where there was a number",
        "a fraction deep inside",
        "a promise deep inside taken back",
        "a field deep inside is gone",
        "one where there was a list",
    ],
)
def test_what_breaks_a_consumer_is_seen(change: Change) -> None:
    assert breaks_readers(SCHEMA, changed(change))


@pytest.mark.parametrize(
    "change",
    [
        field("since", {"type": "string"}),
        lambda whole: (field("since", {"type": "string"})(whole), whole["required"].append("since")),
        required("name", "color", "parts", "share"),
        colors("red", "green", "blue"),
        field("note", {"type": "string"}),
        field("share", {"type": "integer", "minimum": 0, "maximum": 1}),
        field("name", {"type": "string", "pattern": "^[a-z]+$", "maxLength": 9}),
    ],
    ids=["a field", "a required field", "a promise", "a code", "null no longer", "only integers", "shorter text"],
)
def test_what_breaks_no_consumer_is_allowed(change: Change) -> None:
    assert breaks_readers(SCHEMA, changed(change)) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: (field("since", {"type": "string"})(whole), whole["required"].append("since")),
        required("name", "color", "parts", "share"),
        gone("note"),
        colors("red"),
        field("note", {"type": "string"}),
        field("name", {"type": "string", "pattern": "^[a-z]{1,9}$"}),
        field("name", {"type": "string", "pattern": "^[a-z]+$", "maxLength": 9}),
        field("name", {"type": "string", "pattern": "^[a-z]+$", "enum": ["a", "b"]}),
        field("share", {"type": "number", "minimum": 0.5, "maximum": 1}),
        field("parts", {"type": "array", "items": {"$ref": "#/$defs/Part"}, "minItems": 1}),
        part({"properties": {"size": {"type": "integer", "minimum": 1}}}),
        closed,
    ],
    ids=[
        "a new required field",
        "an optional field becomes required",
        "a field is gone",
        "a code is gone",
        "null is refused",
        "another pattern",
        "shorter text",
        "codes where there was any text",
        "a higher minimum",
        "an empty list is refused",
        "a higher minimum deep inside",
        "unknown fields are refused",
    ],
)
def test_what_breaks_a_producer_is_seen(change: Change) -> None:
    assert breaks_writers(SCHEMA, changed(change))


@pytest.mark.parametrize(
    "change",
    [
        field("since", {"type": "string"}),
        lambda whole: (field("since", {"type": "string", "default": ""})(whole), whole["required"].append("since")),
        required("name"),
        colors("red", "green", "blue"),
        field("name", {"type": "string"}),
        field("share", {"type": "number", "minimum": 0, "maximum": 100}),
        part({"properties": {"size": {"type": "number", "minimum": 0}}}),
    ],
    ids=[
        "a wish",
        "a field that we fill in",
        "less is demanded",
        "a code",
        "any text",
        "a wider range",
        "fractions too",
    ],
)
def test_what_breaks_no_producer_is_allowed(change: Change) -> None:
    assert breaks_writers(SCHEMA, changed(change)) == []


def test_a_removed_wish_is_seen_where_unknown_fields_are_refused() -> None:
    assert breaks_writers(changed(closed), changed(closed, gone("note"))) == ["data.note: is gone"]


def test_a_break_says_where_it_is() -> None:
    assert breaks_readers(SCHEMA, changed(part({"required": []}))) == [
        "data.parts[].size: may be missing where it is required"
    ]


def test_alternatives_that_cannot_be_told_apart_are_refused() -> None:
    twice = field("note", {"anyOf": [{"type": "object"}, {"type": "object"}]})
    with pytest.raises(ValueError, match="alternatives"):
        breaks_readers(changed(twice), changed(twice))
