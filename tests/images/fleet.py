"""A container per function, and what they stand on."""

import os
from dataclasses import dataclass

from tests.images.containers import Container
from tests.kit import Running

#: Of the images; empty where nobody asked for these tests.
VERSION = os.environ.get("PAGEBUS_IMAGES", "")


@dataclass(frozen=True)
class Fleet:
    """Containers by the name of their Service."""

    bus: Running
    containers: dict[str, Container]
