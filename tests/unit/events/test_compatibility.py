"""The compatibility check of schemas, tested with made-up changes."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.contract.events.compatibility import find_consumer_breaks, find_producer_breaks

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


def apply_changes(*changes: Change) -> Schema:
    schema = deepcopy(SCHEMA)
    for change in changes:
        change(schema)
    return schema


def set_field(name: str, value: Schema) -> Change:
    return lambda schema: schema["properties"].update({name: value})


def remove_field(name: str) -> Change:
    def remove(schema: Schema) -> None:
        del schema["properties"][name]
        schema["required"] = [required for required in schema["required"] if required != name]

    return remove


def set_required(*names: str) -> Change:
    return lambda schema: schema.update(required=list(names))


def change_part(change: Schema) -> Change:
    return lambda schema: schema["$defs"]["Part"].update(change)


def set_colors(*values: str) -> Change:
    return lambda schema: schema["$defs"]["Color"].update(enum=list(values))


def forbid_unknown_fields(schema: Schema) -> None:
    schema["additionalProperties"] = False


@pytest.mark.parametrize(
    "change",
    [
        remove_field("note"),
        remove_field("name"),
        set_field("name", {"type": "integer"}),
        set_field("name", {"type": "string"}),
        set_field("name", {"anyOf": [{"type": "string", "pattern": "^[a-z]+$"}, {"type": "null"}]}),
        set_required("name", "color"),
        set_colors("red"),
        set_field("color", {"type": "string"}),
        set_field("share", {"type": "number", "minimum": 0, "maximum": 100}),
        set_field("share", {"type": "number", "minimum": -1, "maximum": 1}),
        set_field("share", {"type": "string"}),
        change_part({"properties": {"size": {"type": "number", "minimum": 0}}}),
        change_part({"required": []}),
        change_part({"properties": {}, "required": []}),
        set_field("parts", {"$ref": "#/$defs/Part"}),
    ],
    ids=[
        "an optional field is removed",
        "a required field is removed",
        "another type",
        "any text where there was a pattern",
        "null where there was none",
        "a required field becomes optional",
        "a code is removed",
        "any text where there were codes",
        "a higher maximum",
        "a lower minimum",
        "text where there was a number",
        "a nested fraction",
        "a nested required field becomes optional",
        "a nested field is removed",
        "an object where there was a list",
    ],
)
def test_change_that_breaks_consumers_is_found(change: Change) -> None:
    assert find_consumer_breaks(SCHEMA, apply_changes(change))


@pytest.mark.parametrize(
    "change",
    [
        set_field("since", {"type": "string"}),
        lambda schema: (set_field("since", {"type": "string"})(schema), schema["required"].append("since")),
        set_required("name", "color", "parts", "share"),
        set_colors("red", "green", "blue"),
        set_field("note", {"type": "string"}),
        set_field("share", {"type": "integer", "minimum": 0, "maximum": 1}),
        set_field("name", {"type": "string", "pattern": "^[a-z]+$", "maxLength": 9}),
    ],
    ids=[
        "a field",
        "a required field",
        "a field becomes required",
        "a code",
        "no null",
        "only integers",
        "shorter text",
    ],
)
def test_change_that_breaks_no_consumer_is_allowed(change: Change) -> None:
    assert find_consumer_breaks(SCHEMA, apply_changes(change)) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda schema: (set_field("since", {"type": "string"})(schema), schema["required"].append("since")),
        set_required("name", "color", "parts", "share"),
        remove_field("note"),
        set_colors("red"),
        set_field("note", {"type": "string"}),
        set_field("name", {"type": "string", "pattern": "^[a-z]{1,9}$"}),
        set_field("name", {"type": "string", "pattern": "^[a-z]+$", "maxLength": 9}),
        set_field("name", {"type": "string", "pattern": "^[a-z]+$", "enum": ["a", "b"]}),
        set_field("share", {"type": "number", "minimum": 0.5, "maximum": 1}),
        set_field("parts", {"type": "array", "items": {"$ref": "#/$defs/Part"}, "minItems": 1}),
        change_part({"properties": {"size": {"type": "integer", "minimum": 1}}}),
        forbid_unknown_fields,
    ],
    ids=[
        "a new required field",
        "an optional field becomes required",
        "a field is removed",
        "a code is removed",
        "null is refused",
        "another pattern",
        "shorter text",
        "codes where there was any text",
        "a higher minimum",
        "an empty list is refused",
        "a higher nested minimum",
        "unknown fields are refused",
    ],
)
def test_change_that_breaks_producers_is_found(change: Change) -> None:
    assert find_producer_breaks(SCHEMA, apply_changes(change))


@pytest.mark.parametrize(
    "change",
    [
        set_field("since", {"type": "string"}),
        lambda schema: (
            set_field("since", {"type": "string", "default": ""})(schema),
            schema["required"].append("since"),
        ),
        set_required("name"),
        set_colors("red", "green", "blue"),
        set_field("name", {"type": "string"}),
        set_field("share", {"type": "number", "minimum": 0, "maximum": 100}),
        change_part({"properties": {"size": {"type": "number", "minimum": 0}}}),
    ],
    ids=[
        "a new option",
        "a required field with a default",
        "fewer required fields",
        "a code",
        "any text",
        "a wider range",
        "fractions allowed",
    ],
)
def test_change_that_breaks_no_producer_is_allowed(change: Change) -> None:
    assert find_producer_breaks(SCHEMA, apply_changes(change)) == []


def test_removed_option_is_found_if_unknown_fields_are_forbidden() -> None:
    assert find_producer_breaks(
        apply_changes(forbid_unknown_fields), apply_changes(forbid_unknown_fields, remove_field("note"))
    ) == ["data.note: is gone"]


def test_breaking_change_has_a_location() -> None:
    assert find_consumer_breaks(SCHEMA, apply_changes(change_part({"required": []}))) == [
        "data.parts[].size: may be missing where it is required"
    ]


def test_alternatives_of_same_type_are_rejected() -> None:
    twice = set_field("note", {"anyOf": [{"type": "object"}, {"type": "object"}]})
    with pytest.raises(ValueError, match="alternatives"):
        find_consumer_breaks(apply_changes(twice), apply_changes(twice))
