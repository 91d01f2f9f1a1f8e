"""Options as metadata of an object, as `x-amz-meta-pagebus-languages: deu+eng`; S3 strips `x-amz-meta-`."""

import re
from collections.abc import Mapping

from pydantic import ValidationError

from events.document import Options, OutputFormat

PREFIX = "pagebus-"
_SEPARATORS = {"languages": "+", "engines": ",", "outputs": ","}
_RUN = "a run is asked for by an event"
#: How a wish is to be written.
_SPELT = {
    "languages": "say it as deu or deu+eng, ten at most",
    "engines": "say it as tesseract or tesseract,rapidocr, ten at most",
    "outputs": f"say it as {','.join(OutputFormat)}, or some of these",
    "min_confidence": "say it as a number from 0 to 1",
    "consensus": "say it as true or false",
    "callback": "say it as an address that begins with https://",
}


class InvalidMetadata(ValueError):  # noqa: N818  # it names the metadata's state, as InvalidEvent does
    """Entries that are no options. `problems` says what is wrong with each, by its name, and never repeats a value."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {problem}" for name, problem in problems.items()))
        self.problems = problems


def entry(option: str) -> str:
    """What an option is called among the metadata: pagebus-min-confidence."""
    return PREFIX + option.replace("_", "-")


def to_metadata(options: Options) -> dict[str, str]:
    """The options that are set. Raises InvalidMetadata for a run."""
    if options.run:
        raise InvalidMetadata({entry("run"): _RUN})
    said = options.model_dump(mode="json", exclude_none=True, exclude={"run"})
    return {entry(option): _written(option, value) for option, value in said.items()}


def from_metadata(metadata: Mapping[str, str]) -> Options:
    """What the entries that begin with `pagebus-` ask for. Raises InvalidMetadata."""
    noted = {_option(name): text for name, text in metadata.items() if name.startswith(PREFIX)}
    if "run" in noted:
        raise InvalidMetadata({entry("run"): _RUN})
    try:
        return Options.model_validate({option: _read(option, text) for option, text in noted.items()}, strict=False)
    except ValidationError as error:
        wrong = {str(one["loc"][0]) for one in error.errors()}
        raise InvalidMetadata({entry(option): _problem(option) for option in wrong}) from error


def listed(option: str, text: str) -> list[str]:
    """What an option that is a list names. White space separates as well: closed up, two names would be a third."""
    return re.split(rf"\s*{re.escape(_SEPARATORS[option])}\s*|\s+", text.strip())


def _problem(option: str) -> str:
    """What people understand: pydantic speaks of tuples and inputs."""
    known = ", ".join(name.replace("_", "-") for name in _SPELT if name != "callback")  # which nobody makes yet
    return _SPELT.get(option, f"there is no such wish; there are {known}")


def _option(name: str) -> str:
    return name.removeprefix(PREFIX).replace("-", "_")


def _written(option: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return _SEPARATORS[option].join(value) if isinstance(value, list) else str(value)


def _read(option: str, text: str) -> str | tuple[str, ...]:
    return tuple(listed(option, text)) if option in _SEPARATORS else text
