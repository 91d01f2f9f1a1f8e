"""A function is its folder, its manifest, its extra and its pins; each points to the others."""

import re
import tomllib
from collections.abc import Iterable

import pytest
import yaml

from tests.contract.layout.repository import ROOT, SHARED, functions, tracked

FUNCTIONS = functions()
every_function = pytest.mark.parametrize("function", sorted(FUNCTIONS))
#: What a function does stands in one of these: an engine reads, the gateway answers, all others handle.
DOES = {"handler.py", "reader.py", "api.py"}


def normal(names: Iterable[str]) -> set[str]:
    """Names as packaging compares them, with Python's underscore."""
    return {re.sub(r"[-_.]+", "_", name).lower() for name in names}


def extras() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return normal(project["optional-dependencies"])


def services() -> dict[str, str]:
    """The Knative Services of the base, and the file that each stands in."""
    found = {}
    for path in tracked("knative/base/*.yaml"):
        for resource in yaml.safe_load_all((ROOT / path).read_text(encoding="utf-8")):
            if resource and resource["kind"] == "Service" and resource["apiVersion"].startswith("serving.knative.dev"):
                found[resource["metadata"]["name"]] = path.name
    return found


def test_there_are_functions() -> None:
    assert FUNCTIONS


@every_function
def test_a_function_has_what_every_function_has(function: str) -> None:
    assert {"__init__.py", "settings.py", "main.py"} - FUNCTIONS[function] == set()


@every_function
def test_a_function_does_one_kind_of_thing(function: str) -> None:
    kinds = DOES & FUNCTIONS[function]
    assert len(kinds) == 1
    assert (kinds == {"api.py"}) == (function == "gateway")


@every_function
def test_a_function_has_its_manifest(function: str) -> None:
    name = function.replace("_", "-")
    assert services().get(name) == f"{name}.yaml"


@every_function
def test_a_function_has_its_extra(function: str) -> None:
    assert function in extras()


@every_function
def test_a_function_has_its_pins(function: str) -> None:
    (pins,) = tracked(f"requirements/{function}.txt")
    assert "--hash=sha256:" in (ROOT / pins).read_text(encoding="utf-8")


def test_every_manifest_and_every_pin_belongs_to_a_function() -> None:
    pinned = {path.stem for path in tracked("requirements/*.txt")} - {"dev", "models"}
    assert normal(services()) - FUNCTIONS.keys() == set()
    assert pinned - FUNCTIONS.keys() == set()


def test_what_functions_share_can_not_be_deployed() -> None:
    assert [path for path in tracked("functions/*/main.py") if path.parts[1] in SHARED] == []
