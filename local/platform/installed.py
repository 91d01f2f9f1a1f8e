"""Where the real platform is installed, and whether it is."""

import os
import re
import shutil
from pathlib import Path

from local.platform.errors import PlatformError

REPOSITORY = Path(__file__).parents[2]
KAFKA_POM = REPOSITORY / "infra" / "kafka" / "local" / "pom.xml"
VERSITYGW_VERSION = "v1.8.0"
JAVA = "Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless)"


def folder() -> Path:
    """$PAGEBUS_PLATFORM, else `.platform` beside the sources."""
    return Path(os.environ.get("PAGEBUS_PLATFORM") or REPOSITORY / ".platform").absolute()


def kafka_jars() -> Path:
    found = re.search(r"<kafka\.version>(.+)</kafka\.version>", KAFKA_POM.read_text())
    if found is None:
        raise PlatformError(f"{KAFKA_POM} names no kafka.version")
    return folder() / f"kafka-{found[1]}"


def versitygw() -> Path:
    return folder() / f"versitygw-{VERSITYGW_VERSION}" / "versitygw"


def check() -> None:
    """Raise PlatformError unless the real platform can be started."""
    missing = [str(place) for place in (kafka_jars(), versitygw()) if not place.exists()]
    if missing:
        raise PlatformError(f"The real platform is not installed ({', '.join(missing)}). Run `make platform`.")
    if shutil.which("java") is None:
        raise PlatformError(f"The real platform needs {JAVA}.")
