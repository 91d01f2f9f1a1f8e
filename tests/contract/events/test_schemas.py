"""Generated schemas are up to date, match the events, and are compatible with all releases."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from events import generate
from events.catalogue import EVENTS_BY_TYPE, OUTCOME_EVENTS
from events.document import DocumentRecognized, DocumentUploaded
from events.examples import EXAMPLES
from events.page import PageRequested
from tests.contract.events.compatibility import find_consumer_breaks, find_producer_breaks

#: Events that functions consume. A topic may still contain events of the previous version after an upgrade.
CONSUMED = {DocumentUploaded, PageRequested, DocumentRecognized, *OUTCOME_EVENTS}
RELEASED = sorted((generate.SCHEMAS / "released").glob("*/*.json"))


def load_schema(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


def test_schemas_are_up_to_date() -> None:
    process = subprocess.run(
        [sys.executable, "-m", "events.generate", "--check"],
        cwd=generate.SCHEMAS.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (process.returncode, process.stderr) == (0, "")


def test_stale_files_are_listed_and_rewritten(tmp_path: Path) -> None:
    expected = generate.render_files("0.1.0")
    generate.write_files(tmp_path, expected)
    assert generate.find_stale_files(tmp_path, expected) == []
    changed, missing, *_ = sorted(expected)
    (tmp_path / changed).write_text("{}", encoding="utf-8")
    (tmp_path / missing).unlink()
    (tmp_path / "zebra.json").write_text("{}", encoding="utf-8")
    assert generate.find_stale_files(tmp_path, expected) == [changed, missing, "zebra.json"]
    generate.write_files(tmp_path, expected)
    assert generate.find_stale_files(tmp_path, expected) == []


def test_release_is_saved_only_once(tmp_path: Path) -> None:
    generate.save_release(tmp_path, "1.2.3")
    assert {path.stem for path in (tmp_path / "released" / "v1.2").iterdir()} == set(EVENTS_BY_TYPE)
    with pytest.raises(SystemExit, match=r"v1\.2 is released"):
        generate.save_release(tmp_path, "1.2.4")


@pytest.mark.parametrize("event_type", EVENTS_BY_TYPE)
def test_schema_is_valid_and_has_a_description(event_type: str) -> None:
    schema = load_schema(generate.SCHEMAS / f"{event_type}.json")
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:pagebus:{event_type}"
    assert schema["title"]
    assert schema["description"]


@pytest.mark.parametrize("validator", [Draft202012Validator, Draft7Validator], ids=["2020-12", "AsyncAPI's draft 7"])
@pytest.mark.parametrize("event_type", EVENTS_BY_TYPE)
def test_example_matches_its_schema(event_type: str, validator: Any) -> None:
    schema = load_schema(generate.SCHEMAS / f"{event_type}.json")
    validator(schema).validate(json.loads(EXAMPLES[event_type].model_dump_json()))


@pytest.mark.parametrize("event_type", EVENTS_BY_TYPE)
def test_schema_rejects_missing_required_field(event_type: str) -> None:
    schema = load_schema(generate.SCHEMAS / f"{event_type}.json")
    example = json.loads(EXAMPLES[event_type].model_dump_json())
    assert schema["required"]
    for name in schema["required"]:
        without = {field: value for field, value in example.items() if field != name}
        assert not Draft202012Validator(schema).is_valid(without)


def test_required_fields_of_uploads_are_bucket_and_key() -> None:
    for event_type in EVENTS_BY_TYPE:
        schema = load_schema(generate.SCHEMAS / f"{event_type}.json")
        expected = {"bucket", "key"} if event_type == DocumentUploaded.TYPE else set(schema["properties"])
        assert set(schema["required"]) == expected


def test_there_is_a_release() -> None:
    assert RELEASED


@pytest.mark.parametrize("path", RELEASED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_schema_is_compatible_with_release(path: Path) -> None:
    event = EVENTS_BY_TYPE[path.stem]
    old, new = load_schema(path), generate.build_schema(event)
    assert event is DocumentUploaded or find_consumer_breaks(old, new) == []
    assert event not in CONSUMED or find_producer_breaks(old, new) == []
