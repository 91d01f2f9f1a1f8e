"""The options of a document. Each comes from the event, else from the object's metadata, else from the settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from events.document import Options, OutputFormat
from events.metadata import InvalidMetadata, from_metadata
from events.reasons import Rejection
from events.topics import DOCUMENTS
from functions.intake.available_engines import select_route
from functions.intake.rejection import UploadRejected
from functions.intake.settings import IntakeSettings

T = TypeVar("T")
_NO_CALLBACKS = (
    f"Callbacks are not supported. Subscribe to the Kafka topic {DOCUMENTS} instead, and upload the document under "
    "another name without this option."
)
_ONE_ENGINE = (
    "A consensus needs two engines, and only one was named. Upload the document under another name, and name two "
    "engines or none, or do not request a consensus."
)


@dataclass(frozen=True, kw_only=True)
class ResolvedOptions:
    """The options of one document, each with a value. `has_named_engines` is true if the user chose the engines.

    The named engines then read every page, and text layers are not used.
    """

    languages: tuple[str, ...]
    route: tuple[str, ...]
    outputs: tuple[OutputFormat, ...]
    min_confidence: float
    consensus: bool
    has_named_engines: bool


def resolve_options(
    options: Options,
    metadata: Mapping[str, str],
    list_engines: Callable[[], frozenset[str]],
    settings: IntakeSettings,
) -> ResolvedOptions:
    """Return a value for every option, and a route of available engines.

    Raise UploadRejected if an option is invalid or cannot be fulfilled. Raise Unavailable if Kafka does not answer, or
    if no engine of the default route has a topic yet.
    """
    metadata_options = _parse_metadata(metadata)
    engines = options.engines or metadata_options.engines
    if options.callback or metadata_options.callback:
        raise UploadRejected(Rejection.BAD_OPTIONS, _NO_CALLBACKS)
    if _choose(options.consensus, metadata_options.consensus, default=False) and len(set(engines or ())) == 1:
        raise UploadRejected(Rejection.BAD_OPTIONS, _ONE_ENGINE)
    return ResolvedOptions(
        languages=options.languages or metadata_options.languages or tuple(settings.languages.split("+")),
        route=select_route(engines, list_engines, settings),
        outputs=options.outputs or metadata_options.outputs or _parse_outputs(settings.outputs),
        min_confidence=_choose(options.min_confidence, metadata_options.min_confidence, settings.min_confidence),
        consensus=_choose(options.consensus, metadata_options.consensus, settings.consensus),
        has_named_engines=engines is not None,
    )


def _parse_outputs(outputs: str) -> tuple[OutputFormat, ...]:
    return tuple(OutputFormat(name) for name in outputs.split(","))


def _choose(event_value: T | None, metadata_value: T | None, default: T) -> T:
    """Return the first value that is not None. The operator `or` would skip the values False and 0."""
    return next((value for value in (event_value, metadata_value) if value is not None), default)


def _parse_metadata(metadata: Mapping[str, str]) -> Options:
    try:
        return from_metadata(metadata)
    except InvalidMetadata as error:
        problems = "; ".join(f"x-amz-meta-{name}: {problem}" for name, problem in sorted(error.problems.items()))
        message = f"Invalid options: {problems}. Upload the document under another name with correct options or none."
        raise UploadRejected(Rejection.BAD_OPTIONS, message) from error
