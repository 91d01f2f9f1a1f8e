"""Install what the real platform is made of, once: `python -m local.platform.install`."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local.platform import installed

_VERSITYGW = "github.com/versity/versitygw/cmd/versitygw"

Version = tuple[int, int]
_ANSWER_S = 20.0


@dataclass(frozen=True)
class Tool:
    """A program, how it is asked for its version, the oldest that will do, and how to get that."""

    name: str
    asked: tuple[str, ...]
    oldest: Version
    wanted: str

    def version(self) -> Version | None:
        """Major and minor version that it reports, zeros when it reports none; None where there is no such program."""
        if shutil.which(self.name) is None:
            return None
        try:
            said = subprocess.run(self.asked, capture_output=True, text=True, timeout=_ANSWER_S, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return (0, 0)
        found = re.search(r"(\d+)\.(\d+)", said.stdout + said.stderr)
        return (int(found[1]), int(found[2])) if found else (0, 0)


TOOLS = (
    Tool("java", ("java", "-version"), (17, 0), installed.JAVA),
    Tool("mvn", ("mvn", "-version"), (3, 6), "Maven 3.6 or newer (Debian: apt-get install maven)"),
    # Since 1.21 it fetches the newer Go that a module asks for.
    Tool(
        "go", ("go", "version"), (1, 21), "Go 1.21 or newer (Debian: apt-get install golang-go, on 12 from backports)"
    ),
)


def main() -> int:
    steps = ((installed.kafka_jars(), _copy_kafka), (installed.versitygw().parent, _build_versitygw))
    missing = [(place, make) for place, make in steps if not place.exists()]
    lacking = _lacking_tools() if missing else []
    for tool in lacking:
        print(f"The real platform needs {tool}.", file=sys.stderr)
    if lacking:
        return 1
    for place, make in missing:
        print(f"Making {place.name} (a few minutes the first time) ...", flush=True)
        _make_whole(place, make)
    print(f"The real platform is in {installed.folder()}. Start it with `pagebus up --platform real`.")
    return 0


def _make_whole(place: Path, make: Callable[[Path], None]) -> None:
    """Nothing half made ever stands at `place`, whenever this is interrupted."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as draft:
        made = Path(draft) / "made"
        make(made)
        made.rename(place)


def _copy_kafka(place: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        # Away from the sources: Maven leaves markers beside the pom.
        pom = shutil.copy(installed.KAFKA_POM, scratch)
        _run(["mvn", "-q", "-B", "-f", pom, "dependency:copy-dependencies", f"-DoutputDirectory={place}"], {})


def _build_versitygw(place: Path) -> None:
    place.mkdir()
    _run(["go", "install", f"{_VERSITYGW}@{installed.VERSITYGW_VERSION}"], {"GOBIN": str(place)})


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env={**os.environ, **environment}, check=False)
    if done.returncode != 0:
        sys.exit(f"`{' '.join(command)}` failed, for the reason above. Run `make platform` again once that is mended.")


def _lacking_tools() -> list[str]:
    return [tool.wanted for tool in TOOLS if (tool.version() or (0, 0)) < tool.oldest]


if __name__ == "__main__":
    sys.exit(main())
