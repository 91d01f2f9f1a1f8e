"""A copy of the product to which an engine `toy` is added, as a developer adds one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.kit import ROOT

NAME = "toy"
#: What the functions, the twin, the manifests and their checks need.
_COPIED = ("events", "functions", "infra", "knative", "local", "pyproject.toml")
_READER = '''
"""An engine whose confidence is low unless the page is blank."""
from functions.engine.reader import Raster
from functions.reading.reading import Reading


class Toy:
    name = "toy"
    version = "1"
    languages = frozenset({"deu", "eng"})

    def __init__(self, settings):
        pass

    def load(self):
        pass

    def read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        return Reading(
            engine=self.name, engine_version=self.version, languages=languages, text="toy was here",
            confidence=0.9 if min(image.pixels) > 200 else 0.1, width=image.width, height=image.height, dpi=image.dpi,
        )
'''
_SETTINGS = "from functions.engine.settings import EngineSettings\n\n\nclass Settings(EngineSettings):\n    pass\n"
_MAIN = """
from functions.engine.serve import serve_engine
from functions.toy.reader import Toy
from functions.toy.settings import Settings

if __name__ == "__main__":
    serve_engine(Toy, Settings)
"""
#: A description that a test may change.
ENGINE = """
description: An engine for a test.
replicas: 2
concurrency: 2
deadline_seconds: 150
partitions: 4
bulk_partitions: 2
cpu: "1"
memory: 512Mi
memory_limit: 1Gi
"""
#: All that a developer writes, by file name.
FILES = {"__init__.py": "", "reader.py": _READER, "settings.py": _SETTINGS, "main.py": _MAIN, "engine.yaml": ENGINE}


def copy_product(folder: Path) -> None:
    """Copy the product into `folder`."""
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)


def add_engine(product: Path) -> None:
    """Write the files of the engine and generate its manifests."""
    package = product / "functions" / NAME
    package.mkdir()
    for name, text in FILES.items():
        (package / name).write_text(text)
    generated = run_module(product, "local.generation")
    assert generated.returncode == 0, generated.stderr


def run_module(product: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m` with the code of the copy."""
    environment = os.environ | {
        "PYTHONPATH": str(product),
        "PAGEBUS_TOOLS": os.environ.get("PAGEBUS_TOOLS", str(ROOT / ".tools")),
    }
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=product, env=environment, capture_output=True, text=True, check=False)


def read_files(product: Path) -> dict[Path, bytes]:
    """Return the contents of all files of the copy, by their relative paths, without compiled code."""
    files = (file for file in product.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return {file.relative_to(product): file.read_bytes() for file in files}
