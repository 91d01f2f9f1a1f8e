"""What is generated is fresh and true, and no released version is broken."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from events import generate
from events.catalogue import EVENTS, OUTCOMES
from events.document import DocumentRecognized, DocumentUploaded
from events.examples import EXAMPLES
from events.page import PageRequested
from tests.contract.events.compatibility import breaks_readers, breaks_writers

#: What functions read. Events of the version before may still lie in a topic when a new function starts.
READ = {DocumentUploaded, PageRequested, DocumentRecognized, *OUTCOMES}
RELEASED = sorted((generate.SCHEMAS / "released").glob("*/*.json"))


def parsed(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


def test_the_schemas_are_fresh() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "events.generate", "--check"],
        cwd=generate.SCHEMAS.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")


def test_a_stale_a_missing_and_a_leftover_file_are_named_and_mended(tmp_path: Path) -> None:
    expected = generate.files("0.1.0")
    generate.write(tmp_path, expected)
    assert generate.stale(tmp_path, expected) == []
    changed, missing, *_ = sorted(expected)
    (tmp_path / changed).write_text("{}", encoding="utf-8")
    (tmp_path / missing).unlink()
    (tmp_path / "zebra.json").write_text("{}", encoding="utf-8")
    assert generate.stale(tmp_path, expected) == [changed, missing, "zebra.json"]
    generate.write(tmp_path, expected)
    assert generate.stale(tmp_path, expected) == []


def test_a_release_is_kept_once_and_never_rewritten(tmp_path: Path) -> None:
    generate.release(tmp_path, "1.2.3")
    assert {path.stem for path in (tmp_path / "released" / "v1.2").iterdir()} == set(EVENTS)
    with pytest.raises(SystemExit, match=r"v1\.2 is released"):
        generate.release(tmp_path, "1.2.4")


@pytest.mark.parametrize("event_type", EVENTS)
def test_a_schema_is_one_and_says_what_it_is_about(event_type: str) -> None:
    schema = parsed(generate.SCHEMAS / f"{event_type}.json")
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:pagebus:{event_type}"
    assert schema["title"]
    assert schema["description"]


@pytest.mark.parametrize("validator", [Draft202012Validator, Draft7Validator], ids=["2020-12", "AsyncAPI's draft 7"])
@pytest.mark.parametrize("event_type", EVENTS)
def test_what_is_said_fits_its_schema(event_type: str, validator: Any) -> None:
    schema = parsed(generate.SCHEMAS / f"{event_type}.json")
    validator(schema).validate(json.loads(EXAMPLES[event_type].model_dump_json()))


@pytest.mark.parametrize("event_type", EVENTS)
def test_a_schema_refuses_what_lacks_a_promised_field(event_type: str) -> None:
    schema = parsed(generate.SCHEMAS / f"{event_type}.json")
    said = json.loads(EXAMPLES[event_type].model_dump_json())
    assert schema["required"]
    for name in schema["required"]:
        without = {field: value for field, value in said.items() if field != name}
        assert not Draft202012Validator(schema).is_valid(without)


def test_subscribers_are_promised_every_field_and_uploaders_owe_two() -> None:
    for event_type in EVENTS:
        schema = parsed(generate.SCHEMAS / f"{event_type}.json")
        expected = {"bucket", "key"} if event_type == DocumentUploaded.TYPE else set(schema["properties"])
        assert set(schema["required"]) == expected


def test_there_is_a_release_to_be_faithful_to() -> None:
    assert RELEASED


@pytest.mark.parametrize("path", RELEASED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_nobody_who_lives_by_a_released_version_is_broken(path: Path) -> None:
    event = EVENTS[path.stem]
    old, new = parsed(path), generate.schema(event)
    assert event is DocumentUploaded or breaks_readers(old, new) == []
    assert event not in READ or breaks_writers(old, new) == []
