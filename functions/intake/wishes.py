"""What is wished for a document: by the event, else by the object's metadata, else by the settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from events.document import Options, OutputFormat
from events.metadata import InvalidMetadata, from_metadata
from events.reasons import Rejection
from events.topics import DOCUMENTS
from functions.intake.refusal import Refusal
from functions.intake.settings import IntakeSettings

T = TypeVar("T")
_ONE_ENGINE = (
    "A consensus needs two engines, and only one was named; upload it under another name, and name two or none, or "
    "wish for no consensus."
)


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """Options with nothing left open."""

    languages: tuple[str, ...]
    route: tuple[str, ...]
    outputs: tuple[OutputFormat, ...]
    min_confidence: float
    consensus: bool
    #: Somebody named the engines, so a text layer is not taken instead.
    engines_named: bool


def wishes(said: Options, metadata: Mapping[str, str], settings: IntakeSettings) -> Wishes:
    """Settle every option. Raises Refusal for what cannot be understood or had, as a call-back."""
    noted = _noted(metadata)
    if said.callback or noted.callback:
        raise Refusal(Rejection.BAD_OPTIONS, f"Call-backs are not made yet; subscribe to {DOCUMENTS} instead.")
    engines = said.engines or noted.engines
    if _first(said.consensus, noted.consensus, settled=False) and len(set(engines or ())) == 1:
        raise Refusal(Rejection.BAD_OPTIONS, _ONE_ENGINE)
    return Wishes(
        languages=said.languages or noted.languages or tuple(settings.languages.split("+")),
        route=engines or tuple(settings.route.split(",")),
        outputs=said.outputs or noted.outputs or tuple(OutputFormat(x) for x in settings.outputs.split(",")),
        min_confidence=_first(said.min_confidence, noted.min_confidence, settings.min_confidence),
        consensus=_first(said.consensus, noted.consensus, settings.consensus),
        engines_named=engines is not None,
    )


def _first(said: T | None, noted: T | None, settled: T) -> T:
    return next((wish for wish in (said, noted) if wish is not None), settled)


def _noted(metadata: Mapping[str, str]) -> Options:
    try:
        return from_metadata(metadata)
    except InvalidMetadata as error:
        told = "; ".join(f"x-amz-meta-{name}: {problem}" for name, problem in sorted(error.problems.items()))
        message = f"Cannot understand {told}. Upload it under another name and say it so, or leave it out."
        raise Refusal(Rejection.BAD_OPTIONS, message) from error
