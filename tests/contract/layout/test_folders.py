"""Tests that every function has a folder, a manifest, an extra and pinned requirements, and vice versa."""

import re
import tomllib
from collections.abc import Iterable
from functools import cache

import pytest
import yaml

from tests.contract.layout.repository import ROOT, SHARED, list_functions, list_tracked_files, read_source

FUNCTIONS = list_functions()
every_function = pytest.mark.parametrize("function", sorted(FUNCTIONS))
#: A function has exactly one of these files. Engines have a reader, the gateway has an API, all others have a handler.
ROLE_FILES = {"handler.py", "reader.py", "api.py"}


def normalize_names(names: Iterable[str]) -> set[str]:
    """Return names normalized as in packaging, but with underscores."""
    return {re.sub(r"[-_.]+", "_", name).lower() for name in names}


def load_extras() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return normalize_names(project["optional-dependencies"])


@cache
def load_services() -> dict[str, str]:
    """Return the names of the Knative Services in the base, and the manifest of each."""
    services = {}
    for path in list_tracked_files("knative/base/*.yaml"):
        for resource in yaml.safe_load_all(read_source(path)):
            if resource and resource["kind"] == "Service" and resource["apiVersion"].startswith("serving.knative.dev"):
                services[resource["metadata"]["name"]] = path.name
    return services


def test_functions_are_found() -> None:
    assert FUNCTIONS


@every_function
def test_function_has_required_files(function: str) -> None:
    assert {"__init__.py", "settings.py", "main.py"} - FUNCTIONS[function] == set()


@every_function
def test_function_has_one_role(function: str) -> None:
    roles = ROLE_FILES & FUNCTIONS[function]
    assert len(roles) == 1
    assert (roles == {"api.py"}) == (function == "gateway")


@every_function
def test_function_has_manifest(function: str) -> None:
    name = function.replace("_", "-")
    assert load_services().get(name) == f"{name}.yaml"


@every_function
def test_function_has_extra(function: str) -> None:
    assert function in load_extras()


@every_function
def test_function_has_pinned_requirements(function: str) -> None:
    (pins,) = list_tracked_files(f"requirements/{function}.txt")
    assert "--hash=sha256:" in read_source(pins)


def test_manifests_and_requirements_belong_to_functions() -> None:
    pinned = {path.stem for path in list_tracked_files("requirements/*.txt")} - {"dev", "models"}
    assert normalize_names(load_services()) - FUNCTIONS.keys() == set()
    assert pinned - FUNCTIONS.keys() == set()


def test_shared_folders_have_no_main_module() -> None:
    assert [path for path in list_tracked_files("functions/*/main.py") if path.parts[1] in SHARED] == []
