"""Types that all models of manifests use: the strict base model, metadata and durations."""

import re
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from local.manifests.quantity import parse_quantity

_GO_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
_ISO_DURATION = re.compile(
    r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


class ManifestModel(BaseModel):
    """The base class of all models. It rejects unknown fields, because the twin would ignore them."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)

    #: Fields of Knative that the twin rejects, with the reason and advice for users.
    UNSUPPORTED: ClassVar[dict[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _reject_unsupported_fields(cls, fields: object) -> object:
        for field, reason in cls.UNSUPPORTED.items():
            if isinstance(fields, dict) and field in fields:
                raise ValueError(f"{field}: {reason}")
        return fields


def select_knative_keys(labels: dict[str, str]) -> dict[str, str]:
    """Return the labels or annotations whose keys belong to Knative, including misspelt keys."""
    return {key: text for key, text in labels.items() if "knative.dev/" in key}


class Metadata(ManifestModel):
    name: str = Field(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
    namespace: str = "default"
    labels: dict[str, str] = Field(default={})
    annotations: dict[str, str] = Field(default={})

    #: Labels and annotations that Knative reads in a resource of this kind. Knative ignores others without a message.
    KNATIVE_KEYS: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="after")
    def _reject_unknown_knative_keys(self) -> "Metadata":
        unknown = {*select_knative_keys(self.labels), *select_knative_keys(self.annotations)} - self.KNATIVE_KEYS
        if unknown:
            raise ValueError(f"{min(unknown)}: Knative ignores this key here; correct its name or its place")
        return self


def parse_go_duration(text: object) -> float:
    """Return the seconds of a Go duration such as `1m30s`. Raise ValueError if `text` is no duration."""
    match = _GO_DURATION.fullmatch(text) if isinstance(text, str) else None
    if not match or not any(match.groups()):
        raise ValueError(f"{text!r} is no duration; write it like 90s or 1m30s")
    hours, minutes, seconds, milliseconds = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000


def parse_iso_duration(text: object) -> float:
    """Return the seconds of an ISO 8601 duration such as `PT0.5S`. Raise ValueError if `text` is no duration."""
    match = _ISO_DURATION.fullmatch(text) if isinstance(text, str) else None
    if not match or not any(match.groups()):
        raise ValueError(f"{text!r} is no ISO 8601 duration; write it like PT2S or PT1M30S")
    return timedelta(**{unit: float(part) for unit, part in match.groupdict(0).items()}).total_seconds()


def _validate_quantity(value: str | float) -> str | float:
    parse_quantity(value)
    return value


GoSeconds = Annotated[float, BeforeValidator(parse_go_duration)]
IsoSeconds = Annotated[float, BeforeValidator(parse_iso_duration)]
Quantity = Annotated[str | int | float, AfterValidator(_validate_quantity)]
