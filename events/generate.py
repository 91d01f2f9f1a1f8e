"""Write the contract for those who do not read Python: `python -m events.generate [--check | --release]`."""

import argparse
import json
import sys
import tomllib
from pathlib import Path
from typing import Any, Literal

from events import asyncapi
from events.catalogue import EVENTS
from events.document import DocumentUploaded
from events.event import Event

SCHEMAS = Path(__file__).parent / "schemas"
_PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def schema(event: type[Event]) -> dict[str, Any]:
    """The payload as the one sees it who has to care: for an upload what must be said, for all else what is said."""
    mode: Literal["validation", "serialization"] = "validation" if event is DocumentUploaded else "serialization"
    named = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:pagebus:{event.TYPE}"}
    return {**named, **event.model_json_schema(mode=mode)}


def files(version: str) -> dict[str, str]:
    """All files by their names, ready to be written."""
    contents = {f"{event_type}.json": schema(event) for event_type, event in EVENTS.items()}
    contents["asyncapi.json"] = asyncapi.document(version)
    return {name: json.dumps(content, indent=2, ensure_ascii=False) + "\n" for name, content in contents.items()}


def stale(folder: Path, expected: dict[str, str]) -> list[str]:
    """Which files of the folder are not as they should be: missing, different, or of no event."""
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))


def write(folder: Path, expected: dict[str, str]) -> None:
    """Make the folder hold these files and no others."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in stale(folder, expected):
        if name in expected:
            (folder / name).write_text(expected[name], encoding="utf-8")
        else:
            (folder / name).unlink()


def project_version() -> str:
    """The version in pyproject.toml."""
    return str(tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]["version"])


def release(folder: Path, version: str) -> None:
    """Keep the schemas of this version for the compatibility test. Exits when they are kept already."""
    kept = folder / "released" / f"v{version.rpartition('.')[0]}"
    if kept.exists():
        sys.exit(f"{kept.name} is released, and what is released stays: raise the version in pyproject.toml first")
    write(kept, {f"{event_type}.json": files(version)[f"{event_type}.json"] for event_type in EVENTS})


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m events.generate", description=__doc__)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="change nothing; exit 1 and name the files that are stale")
    choice.add_argument("--release", action="store_true", help="also keep the schemas as those of a release")
    asked = parser.parse_args()
    version = project_version()
    if asked.check:
        names = stale(SCHEMAS, files(version))
        sys.exit(f"stale: {', '.join(names)}; run python -m events.generate" if names else 0)
    write(SCHEMAS, files(version))
    if asked.release:
        release(SCHEMAS, version)


if __name__ == "__main__":
    main()
