"""The AsyncAPI document has the structure of the AsyncAPI 3.0.0 specification and describes the real topics.

The check uses a short form of the specification's tables, so it needs no network.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft7Validator

from events import generate, topics
from events.asyncapi import CHANNELS
from events.catalogue import EVENTS_BY_TYPE
from events.examples import EXAMPLES

Node = dict[str, Any]

DOCUMENT: Node = json.loads((generate.SCHEMAS / "asyncapi.json").read_text(encoding="utf-8"))
MESSAGES: Node = DOCUMENT["components"]["messages"]

TEXT: Node = {"type": "string", "minLength": 1}


def describe_object(required: tuple[str, ...], **properties: Node) -> Node:
    """Return the schema of an object with these fields and extensions, and no other fields."""
    return {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "patternProperties": {r"^x-[\w.-]+$": {}},
        "additionalProperties": False,
    }


def describe_map(to: Node) -> Node:
    return {"type": "object", "propertyNames": {"pattern": r"^[A-Za-z0-9_\-]+$"}, "additionalProperties": to}


def describe_reference(pattern: str) -> Node:
    return describe_object(("$ref",), **{"$ref": {"type": "string", "pattern": pattern}})


MESSAGE = describe_object(
    (),
    name=TEXT,
    title=TEXT,
    summary=TEXT,
    contentType={"const": "application/json"},
    headers={"type": "object"},
    payload=describe_reference(r"^\./io\.pagebus\.[a-z.]+\.v1\.json$"),
    bindings=describe_object(
        (), kafka=describe_object(("bindingVersion",), key={"type": "object"}, bindingVersion={"const": "0.5.0"})
    ),
    examples={
        "type": "array",
        "minItems": 1,
        "items": describe_object((), name=TEXT, headers={"type": "object"}, payload={"type": "object"}),
    },
)
CHANNEL = describe_object(
    ("address",),
    address={"type": "string", "pattern": r"^[A-Za-z0-9._{}-]{1,249}$"},
    description=TEXT,
    messages=describe_map(describe_reference("^#/components/messages/[A-Za-z]+$")),
    parameters=describe_map(describe_object((), description=TEXT, enum={"type": "array"})),
    tags={"type": "array", "items": describe_object(("name",), name=TEXT)},
)
OPERATION = describe_object(
    ("action", "channel"),
    action={"enum": ["send", "receive"]},
    channel=describe_reference("^#/channels/[A-Za-z]+$"),
    summary=TEXT,
    messages={"type": "array", "items": describe_reference("^#/channels/[A-Za-z]+/messages/[A-Za-z]+$")},
)
SPECIFICATION = describe_object(
    ("asyncapi", "info"),
    asyncapi={"const": "3.0.0"},
    id={"type": "string", "format": "uri"},
    info=describe_object(
        ("title", "version"),
        title=TEXT,
        version=TEXT,
        description=TEXT,
        license=describe_object(("name",), name=TEXT, url=TEXT),
    ),
    defaultContentType=TEXT,
    channels=describe_map(CHANNEL),
    operations=describe_map(OPERATION),
    components=describe_object((), messages=describe_map(MESSAGE), schemas=describe_map({"type": "object"})),
)


def find_references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for name, value in node.items() if name == "$ref")
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from find_references(item)


def resolve(pointer: str) -> Node:
    node = DOCUMENT
    for name in pointer.removeprefix("#/").split("/"):
        node = node[name]
    return node


def test_document_has_the_structure_of_the_specification() -> None:
    Draft7Validator.check_schema(SPECIFICATION)
    assert [error.message for error in Draft7Validator(SPECIFICATION).iter_errors(DOCUMENT)] == []


def test_every_reference_has_a_target() -> None:
    found = set(find_references(DOCUMENT))
    assert found
    for pointer in found:
        assert resolve(pointer) if pointer.startswith("#/") else (generate.SCHEMAS / pointer).is_file()


def test_operation_has_all_messages_of_its_channel() -> None:
    for operation in DOCUMENT["operations"].values():
        channel = operation["channel"]["$ref"]
        messages = {message["$ref"] for message in operation["messages"]}
        assert messages == {f"{channel}/messages/{name}" for name in resolve(channel)["messages"]}


def test_address_has_its_parameters() -> None:
    for channel in DOCUMENT["channels"].values():
        assert ("{engine}" in channel["address"]) == ("engine" in channel.get("parameters", {}))


@pytest.mark.parametrize("name", MESSAGES)
def test_example_matches_its_message(name: str) -> None:
    message = MESSAGES[name]
    (example,) = message["examples"]
    payload = json.loads((generate.SCHEMAS / message["payload"]["$ref"]).read_text(encoding="utf-8"))
    Draft7Validator(payload).validate(example["payload"])
    # The schema of the headers refers to components of the document, so the validator needs both.
    headers = Draft7Validator({**message["headers"], "components": DOCUMENT["components"]})
    headers.validate(example["headers"])
    assert not headers.is_valid({**example["headers"], "ce_type": "other"})
    assert not headers.is_valid({name: value for name, value in example["headers"].items() if name != "ce_id"})


def test_user_sends_uploads_and_receives_results() -> None:
    operations = {(operation["action"], operation["channel"]["$ref"]) for operation in DOCUMENT["operations"].values()}
    assert operations == {
        ("send", "#/channels/uploads"),
        ("receive", "#/channels/results"),
        ("receive", "#/channels/documents"),
    }


def test_other_channels_are_internal() -> None:
    public = {name for name, channel in DOCUMENT["channels"].items() if not channel["x-internal"]}
    assert public == {"uploads", "results", "documents"}
    for name, channel in DOCUMENT["channels"].items():
        assert channel["tags"] == [{"name": "public" if name in public else "internal"}]


def test_every_event_has_message_and_channel() -> None:
    assert {message["name"] for message in MESSAGES.values()} == set(EVENTS_BY_TYPE)
    assert {event for channel in CHANNELS.values() for event in channel.events} == set(EVENTS_BY_TYPE.values())


def test_channels_list_events_that_are_published_there() -> None:
    for channel in CHANNELS.values():
        for event in channel.events:
            example = EXAMPLES[event.TYPE]
            variants = (
                [example, example.model_copy(update={"bulk": True})] if "{engine}" in channel.address else [example]
            )
            published_to = {
                topics.get_topic(variant, function)
                for variant in variants
                for function in ("intake", topics.PERSISTENCE)
            }
            assert channel.address.replace("{engine}", "rapidocr") in published_to
