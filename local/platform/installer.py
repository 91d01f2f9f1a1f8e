"""The installer of the real platform's programs: `python -m local.platform.installer`."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local.platform import installation

_VERSITYGW = "github.com/versity/versitygw/cmd/versitygw"

Version = tuple[int, int]
_VERSION_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Tool:
    """A program that the installation needs. `requirement` is a text for users: the version, and how to install it."""

    name: str
    version_command: tuple[str, ...]
    minimum: Version
    requirement: str

    def detect_version(self) -> Version | None:
        """Return the major and minor version, (0, 0) if they are unknown, or None if the tool is not on the PATH."""
        if shutil.which(self.name) is None:
            return None
        try:
            completed = subprocess.run(
                self.version_command, capture_output=True, text=True, timeout=_VERSION_TIMEOUT_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return (0, 0)
        version = re.search(r"(\d+)\.(\d+)", completed.stdout + completed.stderr)
        return (int(version[1]), int(version[2])) if version else (0, 0)


TOOLS = (
    Tool("java", ("java", "-version"), (17, 0), installation.JAVA_REQUIREMENT),
    Tool("mvn", ("mvn", "-version"), (3, 6), "Maven 3.6 or newer (Debian: apt-get install maven)"),
    # Go 1.21 and later download the newer Go version that a module requires.
    Tool(
        "go", ("go", "version"), (1, 21), "Go 1.21 or newer (Debian: apt-get install golang-go, on 12 from backports)"
    ),
)


def main() -> int:
    """Install missing programs, and return the exit status: 1 if a required tool is missing, else 0."""
    steps = (
        (installation.get_kafka_folder(), _download_kafka),
        (installation.get_versitygw_path().parent, _build_versitygw),
    )
    missing = [(folder, build) for folder, build in steps if not folder.exists()]
    requirements = _list_unmet_requirements() if missing else []
    for requirement in requirements:
        print(f"The real platform needs {requirement}.", file=sys.stderr)
    if requirements:
        return 1
    for folder, build in missing:
        print(f"Installing {folder.name} (a few minutes the first time) ...", flush=True)
        _install_atomically(folder, build)
    print(f"The real platform is in {installation.get_folder()}. Start it with `pagebus up --platform real`.")
    return 0


def _install_atomically(folder: Path, build: Callable[[Path], None]) -> None:
    """Build in a temporary folder and rename it, so that an interruption never leaves an incomplete `folder`."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary_folder:
        complete = Path(temporary_folder) / "complete"
        build(complete)
        complete.rename(folder)


def _download_kafka(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as pom_folder:
        # Use a copy of the pom, because Maven writes files into the pom's folder.
        pom = shutil.copy(installation.KAFKA_POM, pom_folder)
        _run(["mvn", "-q", "-B", "-f", pom, "dependency:copy-dependencies", f"-DoutputDirectory={folder}"], {})


def _build_versitygw(folder: Path) -> None:
    folder.mkdir()
    _run(["go", "install", f"{_VERSITYGW}@{installation.VERSITYGW_VERSION}"], {"GOBIN": str(folder)})


def _run(command: list[str], environment: dict[str, str]) -> None:
    """Run a command, whose output goes to the terminal. Exit with a message if it fails."""
    completed = subprocess.run(command, env={**os.environ, **environment}, check=False)
    if completed.returncode != 0:
        sys.exit(f"`{' '.join(command)}` failed; its error is printed above. Fix it and run `make platform` again.")


def _list_unmet_requirements() -> list[str]:
    return [tool.requirement for tool in TOOLS if (tool.detect_version() or (0, 0)) < tool.minimum]


if __name__ == "__main__":
    sys.exit(main())
