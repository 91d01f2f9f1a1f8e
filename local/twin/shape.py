"""What the models of all manifests are made of: strict shapes, metadata, durations."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

_GO = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
_ISO = re.compile(
    r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


class Shape(BaseModel):
    """A part of a manifest: only the fields that the twin acts on, or says that it does not."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)


class Metadata(Shape):
    name: str = Field(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
    namespace: str = "default"
    labels: dict[str, str] = Field(default={})
    annotations: dict[str, str] = Field(default={})


def go_seconds(text: object) -> float:
    """Seconds of a Go duration such as `1m30s`."""
    found = _GO.fullmatch(text) if isinstance(text, str) else None
    if not found or not any(found.groups()):
        raise ValueError(f"{text!r} is no duration; write it like 90s or 1m30s")
    hours, minutes, seconds, milliseconds = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000


def iso_seconds(text: object) -> float:
    """Seconds of an ISO 8601 duration such as `PT0.5S`."""
    found = _ISO.fullmatch(text) if isinstance(text, str) else None
    if not found or not any(found.groups()):
        raise ValueError(f"{text!r} is no ISO 8601 duration; write it like PT2S or PT1M30S")
    return timedelta(**{unit: float(part) for unit, part in found.groupdict(0).items()}).total_seconds()


GoSeconds = Annotated[float, BeforeValidator(go_seconds)]
IsoSeconds = Annotated[float, BeforeValidator(iso_seconds)]
