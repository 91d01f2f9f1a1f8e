"""The AsyncAPI document is what the AsyncAPI 3.0.0 specification demands, and tells the truth about the topics.

The structure is checked by a condensed form of the specification's own tables, so that no network is needed.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft7Validator

from events import generate, topics
from events.asyncapi import CHANNELS
from events.catalogue import EVENTS
from events.examples import EXAMPLES

Node = dict[str, Any]

DOCUMENT: Node = json.loads((generate.SCHEMAS / "asyncapi.json").read_text(encoding="utf-8"))
MESSAGES: Node = DOCUMENT["components"]["messages"]

TEXT: Node = {"type": "string", "minLength": 1}


def strict(required: tuple[str, ...], **properties: Node) -> Node:
    """An object of the specification: these fields, extensions, and nothing else."""
    return {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "patternProperties": {r"^x-[\w.-]+$": {}},
        "additionalProperties": False,
    }


def mapped(to: Node) -> Node:
    return {"type": "object", "propertyNames": {"pattern": r"^[A-Za-z0-9_\-]+$"}, "additionalProperties": to}


def reference(pattern: str) -> Node:
    return strict(("$ref",), **{"$ref": {"type": "string", "pattern": pattern}})


MESSAGE = strict(
    (),
    name=TEXT,
    title=TEXT,
    summary=TEXT,
    contentType={"const": "application/json"},
    headers={"type": "object"},
    payload=reference(r"^\./io\.pagebus\.[a-z.]+\.v1\.json$"),
    bindings=strict((), kafka=strict(("bindingVersion",), key={"type": "object"}, bindingVersion={"const": "0.5.0"})),
    examples={
        "type": "array",
        "minItems": 1,
        "items": strict((), name=TEXT, headers={"type": "object"}, payload={"type": "object"}),
    },
)
CHANNEL = strict(
    ("address",),
    address={"type": "string", "pattern": r"^[A-Za-z0-9._{}-]{1,249}$"},
    description=TEXT,
    messages=mapped(reference("^#/components/messages/[A-Za-z]+$")),
    parameters=mapped(strict((), description=TEXT, enum={"type": "array"})),
    tags={"type": "array", "items": strict(("name",), name=TEXT)},
)
OPERATION = strict(
    ("action", "channel"),
    action={"enum": ["send", "receive"]},
    channel=reference("^#/channels/[A-Za-z]+$"),
    summary=TEXT,
    messages={"type": "array", "items": reference("^#/channels/[A-Za-z]+/messages/[A-Za-z]+$")},
)
SPECIFICATION = strict(
    ("asyncapi", "info"),
    asyncapi={"const": "3.0.0"},
    id={"type": "string", "format": "uri"},
    info=strict(
        ("title", "version"), title=TEXT, version=TEXT, description=TEXT, license=strict(("name",), name=TEXT, url=TEXT)
    ),
    defaultContentType=TEXT,
    channels=mapped(CHANNEL),
    operations=mapped(OPERATION),
    components=strict((), messages=mapped(MESSAGE), schemas=mapped({"type": "object"})),
)


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for name, value in node.items() if name == "$ref")
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from references(item)


def at(pointer: str) -> Node:
    node = DOCUMENT
    for name in pointer.removeprefix("#/").split("/"):
        node = node[name]
    return node


def test_the_document_has_the_structure_that_the_specification_demands() -> None:
    Draft7Validator.check_schema(SPECIFICATION)
    assert [error.message for error in Draft7Validator(SPECIFICATION).iter_errors(DOCUMENT)] == []


def test_every_reference_leads_somewhere() -> None:
    found = set(references(DOCUMENT))
    assert found
    for pointer in found:
        assert at(pointer) if pointer.startswith("#/") else (generate.SCHEMAS / pointer).is_file()


def test_an_operation_speaks_only_of_messages_of_its_channel() -> None:
    for operation in DOCUMENT["operations"].values():
        channel = operation["channel"]["$ref"]
        said = {message["$ref"] for message in operation["messages"]}
        assert said == {f"{channel}/messages/{name}" for name in at(channel)["messages"]}


def test_an_address_has_exactly_its_parameters() -> None:
    for channel in DOCUMENT["channels"].values():
        assert ("{engine}" in channel["address"]) == ("engine" in channel.get("parameters", {}))


@pytest.mark.parametrize("name", MESSAGES)
def test_an_example_fits_its_message(name: str) -> None:
    message = MESSAGES[name]
    (example,) = message["examples"]
    payload = json.loads((generate.SCHEMAS / message["payload"]["$ref"]).read_text(encoding="utf-8"))
    Draft7Validator(payload).validate(example["payload"])
    # The headers refer to the document's components, so these stand beside them.
    headers = Draft7Validator({**message["headers"], "components": DOCUMENT["components"]})
    headers.validate(example["headers"])
    assert not headers.is_valid({**example["headers"], "ce_type": "other"})
    assert not headers.is_valid({name: value for name, value in example["headers"].items() if name != "ce_id"})


def test_a_user_sends_uploads_and_receives_results_and_documents() -> None:
    seen = {(operation["action"], operation["channel"]["$ref"]) for operation in DOCUMENT["operations"].values()}
    assert seen == {
        ("send", "#/channels/uploads"),
        ("receive", "#/channels/results"),
        ("receive", "#/channels/documents"),
    }


def test_everything_else_is_marked_as_internal() -> None:
    public = {name for name, channel in DOCUMENT["channels"].items() if not channel["x-internal"]}
    assert public == {"uploads", "results", "documents"}
    for name, channel in DOCUMENT["channels"].items():
        assert channel["tags"] == [{"name": "public" if name in public else "internal"}]


def test_every_event_has_a_message_and_a_channel() -> None:
    assert {message["name"] for message in MESSAGES.values()} == set(EVENTS)
    assert {event for channel in CHANNELS.values() for event in channel.events} == set(EVENTS.values())


def test_channels_hold_what_is_really_published_there() -> None:
    for channel in CHANNELS.values():
        for event in channel.events:
            example = EXAMPLES[event.TYPE]
            lanes = [example, example.model_copy(update={"bulk": True})] if "{engine}" in channel.address else [example]
            said = {topics.topic_of(lane, function) for lane in lanes for function in ("intake", topics.PERSISTENCE)}
            assert channel.address.replace("{engine}", "rapidocr") in said
