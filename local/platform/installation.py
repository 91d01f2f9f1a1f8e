"""The folders of the installed real platform, and a check that it can be started."""

import os
import re
import shutil
from pathlib import Path

from local.platform.errors import PlatformError

REPOSITORY = Path(__file__).parents[2]
KAFKA_POM = REPOSITORY / "infra" / "kafka" / "local" / "pom.xml"
VERSITYGW_VERSION = "v1.8.0"
JAVA_REQUIREMENT = "Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless)"


def get_folder() -> Path:
    """Return the folder in $PAGEBUS_PLATFORM, or `.platform` in the repository if the variable is not set."""
    return Path(os.environ.get("PAGEBUS_PLATFORM") or REPOSITORY / ".platform").absolute()


def get_kafka_folder() -> Path:
    """Return the folder of Kafka's jars for the version in the pom. Raise PlatformError if the pom has no version."""
    version = re.search(r"<kafka\.version>(.+)</kafka\.version>", KAFKA_POM.read_text())
    if version is None:
        raise PlatformError(f"{KAFKA_POM} has no kafka.version. Restore this file.")
    return get_folder() / f"kafka-{version[1]}"


def get_versitygw_path() -> Path:
    return get_folder() / f"versitygw-{VERSITYGW_VERSION}" / "versitygw"


def check_installed() -> None:
    """Raise PlatformError if the real platform is not installed, or if there is no Java."""
    missing = [str(path) for path in (get_kafka_folder(), get_versitygw_path()) if not path.exists()]
    if missing:
        raise PlatformError(f"The real platform is not installed ({', '.join(missing)}). Run `make platform`.")
    if shutil.which("java") is None:
        raise PlatformError(f"The real platform needs {JAVA_REQUIREMENT}.")
