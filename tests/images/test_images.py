"""What is in an image, and what is not."""

import json

import pytest

from tests.contract.layout.repository import ROOT, SHARED, functions
from tests.images.containers import attempted, docker
from tests.images.fleet import VERSION

MB = 1_000_000
#: By the heaviest package that an image has: what it adds at most to what all images share.
LARGEST = {"torch": 7_000 * MB, "onnxruntime": 500 * MB}
SMALL = 150 * MB
every_image = pytest.mark.parametrize("function", sorted(functions()))

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


def image(function: str) -> str:
    return f"pagebus/{function.replace('_', '-')}:{VERSION}"


def allowed(function: str) -> int:
    """How much an image may add, in bytes."""
    pinned = (ROOT / "requirements" / f"{function}.txt").read_text(encoding="utf-8")
    return next((most for package, most in LARGEST.items() if f"\n{package}==" in pinned), SMALL)


@every_image
def test_an_image_holds_its_function_alone_compiled_and_without_tools(function: str) -> None:
    inside = json.loads(docker("run", "--rm", "--read-only", image(function), "python", "-c", _INSIDE))

    assert inside == {
        "user": [65532, 65532],
        "tools": [],
        "functions": sorted({function, *SHARED}),
        "not compiled": [],
        "writable": [],
    }


@every_image
def test_an_image_adds_little_to_what_all_share(function: str) -> None:
    layers = docker("history", "--human=false", "--no-trunc", "--format={{.Size}} {{.CreatedBy}}", image(function))
    # Newest first; all images have the layers below this one in common.
    own, shared, _ = layers.partition("apt-get update")

    assert shared
    assert sum(int(line.split()[0]) for line in own.splitlines()[:-1]) < allowed(function)


@every_image
def test_an_image_names_a_user_that_kubernetes_can_check_and_its_version(function: str) -> None:
    config = json.loads(docker("image", "inspect", "--format={{json .Config}}", image(function)))

    assert config["User"] == "65532:65532"
    assert config["Labels"]["org.opencontainers.image.version"] == VERSION
    assert "HOST=0.0.0.0" in config["Env"]
    assert not [name for name in config["Env"] if name.startswith(("PIP_", "AWS_"))]


@every_image
def test_an_image_runs_its_function_and_says_what_settings_that_lacks(function: str) -> None:
    ended = attempted("run", "--rm", "--read-only", "--tmpfs=/tmp", image(function))

    assert ended.returncode == 2
    assert "KAFKA_BOOTSTRAP_SERVERS: Field required" in ended.stderr
