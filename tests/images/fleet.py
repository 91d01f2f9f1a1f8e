"""A container for every function, and the platform that they use."""

import os
from dataclasses import dataclass

from tests.images.containers import Container
from tests.kit import PagebusStack

#: The version of the images. It is empty unless `make test-images` runs.
VERSION = os.environ.get("PAGEBUS_IMAGES", "")


@dataclass(frozen=True)
class Fleet:
    """The containers of all functions, by the name of their Service."""

    bus: PagebusStack
    containers: dict[str, Container]
