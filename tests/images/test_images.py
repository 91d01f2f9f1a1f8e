"""The contents and the size of the images."""

import json

import pytest

from tests.contract.layout.repository import ROOT, SHARED, list_functions
from tests.images.containers import run_docker, try_docker
from tests.images.fleet import VERSION

MB = 1_000_000
#: The largest size that an image may add to the shared layers, by the heaviest package in it.
LARGEST = {"torch": 7_000 * MB, "onnxruntime": 500 * MB}
SMALL = 150 * MB
every_image = pytest.mark.parametrize("function", sorted(list_functions()))

_INSIDE = """
import glob, importlib.util, json, os, pathlib, shutil, sys
code = [str(path) for path in pathlib.Path("/app").rglob("*.py")]
print(json.dumps({
    "user": [os.getuid(), os.getgid()],
    "tools": [tool for tool in ("pip", "cc", "gcc", "ld", "make", "strip", "git") if shutil.which(tool)],
    "functions": sorted(os.path.basename(os.path.dirname(path)) for path in glob.glob("/app/functions/*/__init__.py")),
    "not compiled": [path for path in code if not os.path.exists(importlib.util.cache_from_source(path))],
    "writable": [path for path in sys.path if path and os.access(path, os.W_OK)],
}))
"""


def get_image(function: str) -> str:
    return f"pagebus/{function.replace('_', '-')}:{VERSION}"


def get_size_limit(function: str) -> int:
    """Return how many bytes an image may add to the shared layers."""
    pinned = (ROOT / "requirements" / f"{function}.txt").read_text(encoding="utf-8")
    return next((most for package, most in LARGEST.items() if f"\n{package}==" in pinned), SMALL)


@every_image
def test_image_contains_only_its_compiled_function(function: str) -> None:
    inside = json.loads(run_docker("run", "--rm", "--read-only", get_image(function), "python", "-c", _INSIDE))

    assert inside == {
        "user": [65532, 65532],
        "tools": [],
        "functions": sorted({function, *SHARED}),
        "not compiled": [],
        "writable": [],
    }


@every_image
def test_image_is_small_beside_shared_layers(function: str) -> None:
    layers = run_docker(
        "history", "--human=false", "--no-trunc", "--format={{.Size}} {{.CreatedBy}}", get_image(function)
    )
    # The newest layer is first. All images share the layers below this one.
    own, shared, _ = layers.partition("apt-get update")

    assert shared
    assert sum(int(line.split()[0]) for line in own.splitlines()[:-1]) < get_size_limit(function)


@every_image
def test_image_has_numeric_user_and_version(function: str) -> None:
    config = json.loads(run_docker("image", "inspect", "--format={{json .Config}}", get_image(function)))

    assert config["User"] == "65532:65532"
    assert config["Labels"]["org.opencontainers.image.version"] == VERSION
    assert "HOST=0.0.0.0" in config["Env"]
    assert not [name for name in config["Env"] if name.startswith(("PIP_", "AWS_"))]


@every_image
def test_image_names_missing_settings(function: str) -> None:
    ended = try_docker("run", "--rm", "--read-only", "--tmpfs=/tmp", get_image(function))

    assert ended.returncode == 2
    assert "KAFKA_BOOTSTRAP_SERVERS: Field required" in ended.stderr
