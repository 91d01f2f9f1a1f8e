"""Generator of the JSON schemas and the AsyncAPI document: `python -m events.generate [--check | --release]`."""

import argparse
import json
import sys
import tomllib
from pathlib import Path
from typing import Any, Literal

from events import asyncapi
from events.catalogue import EVENTS_BY_TYPE
from events.document import DocumentUploaded
from events.event import Event

SCHEMAS = Path(__file__).parent / "schemas"
_PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def build_schema(event: type[Event]) -> dict[str, Any]:
    """Return the JSON schema of an event's payload for external clients.

    The schema of DocumentUploaded requires the fields that a client must send. Clients only receive the other events,
    so their schemas require all fields.
    """
    mode: Literal["validation", "serialization"] = "validation" if event is DocumentUploaded else "serialization"
    header = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:pagebus:{event.TYPE}"}
    return {**header, **event.model_json_schema(mode=mode)}


def render_files(version: str) -> dict[str, str]:
    """Return the contents of all generated files, by file name."""
    contents = {f"{event_type}.json": build_schema(event) for event_type, event in EVENTS_BY_TYPE.items()}
    contents["asyncapi.json"] = asyncapi.build_asyncapi(version)
    return {name: json.dumps(content, indent=2, ensure_ascii=False) + "\n" for name, content in contents.items()}


def find_stale_files(folder: Path, expected: dict[str, str]) -> list[str]:
    """Return the sorted names of JSON files in `folder` that must be changed, added or deleted.

    `expected` has the contents that the folder must have, by file name.
    """
    contents = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in contents.keys() | expected.keys() if contents.get(name) != expected.get(name))


def write_files(folder: Path, expected: dict[str, str]) -> None:
    """Write the files of `expected` to `folder` and delete all other JSON files there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in find_stale_files(folder, expected):
        if name in expected:
            (folder / name).write_text(expected[name], encoding="utf-8")
        else:
            (folder / name).unlink()


def read_project_version() -> str:
    """Return the version in pyproject.toml."""
    return str(tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]["version"])


def save_release(folder: Path, version: str) -> None:
    """Save the schemas below `folder` as a release, for the compatibility test.

    A release is named after the major and the minor version. Exit if this release exists already.
    """
    released = folder / "released" / f"v{version.rpartition('.')[0]}"
    if released.exists():
        sys.exit(f"{released.name} is released and cannot change; raise the version in pyproject.toml first")
    write_files(
        released, {f"{event_type}.json": render_files(version)[f"{event_type}.json"] for event_type in EVENTS_BY_TYPE}
    )


def main() -> None:
    """Write the generated files, or only check them with `--check`."""
    parser = argparse.ArgumentParser(prog="python -m events.generate", description=__doc__)
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument(
        "--check", action="store_true", help="change no file; print the files that are not current and exit with 1"
    )
    modes.add_argument(
        "--release", action="store_true", help="also save the schemas as a release, for the compatibility test"
    )
    arguments = parser.parse_args()
    version = read_project_version()
    if arguments.check:
        names = find_stale_files(SCHEMAS, render_files(version))
        sys.exit(f"stale: {', '.join(names)}; run python -m events.generate" if names else 0)
    write_files(SCHEMAS, render_files(version))
    if arguments.release:
        save_release(SCHEMAS, version)


if __name__ == "__main__":
    main()
