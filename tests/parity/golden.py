"""Recordings of a real Knative (Serving 0.50.0, KafkaSource 0.49.2, Kafka 4.3.1), kept in `recordings/`.

They are reduced to the fields that tests read. What a recording contains is described in README.md.
"""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

Recording = dict[str, Any]

_FOLDER = Path(__file__).parent / "recordings"
_SUFFIX = ".json.gz"


@cache
def load_recording(name: str) -> Recording:
    """Return the recording of this name, such as `03-raw`."""
    return dict(json.loads(gzip.decompress((_FOLDER / f"{name}{_SUFFIX}").read_bytes())))


def list_recordings(prefix: str) -> list[str]:
    """Return the sorted names of all recordings with this prefix, such as `13-`."""
    return sorted(path.name.removesuffix(_SUFFIX) for path in _FOLDER.glob(f"{prefix}*{_SUFFIX}"))
