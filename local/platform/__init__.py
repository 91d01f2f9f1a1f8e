"""What the functions talk to on one machine: a broker, an S3 server and a database, each a process of its own."""

from local.platform.endpoints import Endpoints
from local.platform.errors import PlatformError
from local.platform.lifecycle import part_pid, running, start, start_part, stop, stop_part
from local.platform.yours import yours

__all__ = ["Endpoints", "PlatformError", "part_pid", "running", "start", "start_part", "stop", "stop_part", "yours"]
