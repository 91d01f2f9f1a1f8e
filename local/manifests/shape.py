"""What the models of all manifests are made of: strict shapes, metadata, durations."""

import re
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from local.manifests.quantity import quantity

_GO = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
_ISO = re.compile(
    r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


class Shape(BaseModel):
    """A part of a manifest: only the fields that the twin acts on, or says that it does not."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)

    #: Fields that somebody may well try, and why they are not taken.
    REFUSED: ClassVar[dict[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _refused(cls, given: object) -> object:
        for field, reason in cls.REFUSED.items():
            if isinstance(given, dict) and field in given:
                raise ValueError(f"{field}: {reason}")
        return given


def meant_for_knative(words: dict[str, str]) -> dict[str, str]:
    """The labels or annotations that Knative reads, or would if they were spelt as it spells them."""
    return {key: text for key, text in words.items() if "knative.dev/" in key}


class Metadata(Shape):
    name: str = Field(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
    namespace: str = "default"
    labels: dict[str, str] = Field(default={})
    annotations: dict[str, str] = Field(default={})

    #: The labels and annotations of this kind that mean something to Knative. It passes over all others in silence.
    KNOWN: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="after")
    def _known_to_knative(self) -> "Metadata":
        unknown = {*meant_for_knative(self.labels), *meant_for_knative(self.annotations)} - self.KNOWN
        if unknown:
            raise ValueError(f"{min(unknown)}: Knative knows no such thing here; correct its name or its place")
        return self


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


def _is_quantity(value: str | float) -> str | float:
    quantity(value)
    return value


GoSeconds = Annotated[float, BeforeValidator(go_seconds)]
IsoSeconds = Annotated[float, BeforeValidator(iso_seconds)]
Quantity = Annotated[str | int | float, AfterValidator(_is_quantity)]
