"""What is wished for a document: by the event, else by the object's metadata, else by the settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from events.document import Options, OutputFormat
from events.reasons import Rejection
from functions.intake.refusal import Refusal
from functions.intake.settings import IntakeSettings

#: S3 gives `x-amz-meta-pagebus-languages` back under this prefix.
PREFIX = "pagebus-"
_LISTS = {"languages": "+", "engines": ",", "outputs": ","}


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """Options with nothing left open."""

    languages: tuple[str, ...]
    route: tuple[str, ...]
    outputs: tuple[OutputFormat, ...]
    min_confidence: float
    callback: str | None
    #: Somebody named the engines, so a text layer is not taken instead.
    engines_named: bool


def wishes(said: Options, metadata: Mapping[str, str], settings: IntakeSettings) -> Wishes:
    """Settle every option. Raises Refusal for metadata that cannot be understood."""
    noted = _from_metadata(metadata)
    engines = said.engines or noted.engines
    minimum = next((x for x in (said.min_confidence, noted.min_confidence) if x is not None), settings.min_confidence)
    return Wishes(
        languages=said.languages or noted.languages or tuple(settings.languages.split("+")),
        route=engines or tuple(settings.route.split(",")),
        outputs=said.outputs or noted.outputs or tuple(OutputFormat(x) for x in settings.outputs.split(",")),
        min_confidence=minimum,
        callback=said.callback or noted.callback,
        engines_named=engines is not None,
    )


def _from_metadata(metadata: Mapping[str, str]) -> Options:
    noted = {name.removeprefix(PREFIX): text for name, text in metadata.items() if name.startswith(PREFIX)}
    try:
        return Options.model_validate({_field(name): _parsed(name, text) for name, text in noted.items()}, strict=False)
    except ValidationError as error:
        wrong = sorted({str(problem["loc"][0]).replace("_", "-") for problem in error.errors()})
        names = ", ".join(f"x-amz-meta-{PREFIX}{name}" for name in wrong)
        raise Refusal(Rejection.BAD_OPTIONS, f"Cannot use {names}; upload again with another value.") from error


def _field(name: str) -> str:
    return name.replace("-", "_")


def _parsed(name: str, text: str) -> Any:
    return tuple(text.replace(" ", "").split(_LISTS[name])) if name in _LISTS else text
