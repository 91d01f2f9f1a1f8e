"""Options of an upload as S3 object metadata, such as `x-amz-meta-pagebus-languages: deu+eng`.

S3 removes the prefix `x-amz-meta-`, so names here start with `pagebus-`.
"""

import re
from collections.abc import Mapping

from pydantic import ValidationError

from events.document import Options, OutputFormat

PREFIX = "pagebus-"
_SEPARATORS = {"languages": "+", "engines": ",", "outputs": ","}
_RUN_PROBLEM = "a run can only be requested by an event; publish io.pagebus.document.uploaded.v1 instead"
#: How to write the value of each option, for the message about an invalid value.
_INSTRUCTIONS = {
    "languages": "write it as deu or deu+eng, with ten languages at most",
    "engines": "write it as tesseract or tesseract,rapidocr, with ten engines at most",
    "outputs": f"write it as {','.join(OutputFormat)}, or some of these",
    "min_confidence": "write it as a number from 0 to 1",
    "consensus": "write it as true or false",
    "callback": "write it as an address that begins with https://",
}


class InvalidMetadata(ValueError):  # noqa: N818  # the name states what is wrong with the metadata, like InvalidEvent
    """Metadata entries that are not valid options. `problems` maps entry names to explanations without the values."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {problem}" for name, problem in problems.items()))
        self.problems = problems


def get_entry_name(option: str) -> str:
    """Return the metadata name of an option, such as pagebus-min-confidence for min_confidence."""
    return PREFIX + option.replace("_", "-")


def to_metadata(options: Options) -> dict[str, str]:
    """Return the options that are set, as metadata entries. Raise InvalidMetadata if `run` is set."""
    if options.run:
        raise InvalidMetadata({get_entry_name("run"): _RUN_PROBLEM})
    values = options.model_dump(mode="json", exclude_none=True, exclude={"run"})
    return {get_entry_name(option): _format_value(option, value) for option, value in values.items()}


def from_metadata(metadata: Mapping[str, str]) -> Options:
    """Return the options in the entries that start with `pagebus-`. Ignore other entries.

    Raise InvalidMetadata with one problem per invalid entry.
    """
    texts = {_get_option_name(name): text for name, text in metadata.items() if name.startswith(PREFIX)}
    if "run" in texts:
        raise InvalidMetadata({get_entry_name("run"): _RUN_PROBLEM})
    try:
        return Options.model_validate(
            {option: _parse_value(option, text) for option, text in texts.items()}, strict=False
        )
    except ValidationError as error:
        invalid_options = {str(problem["loc"][0]) for problem in error.errors()}
        raise InvalidMetadata(
            {get_entry_name(option): _describe_problem(option) for option in invalid_options}
        ) from error


def split_list(option: str, text: str) -> list[str]:
    """Return the items of a list option (languages, engines or outputs).

    White space also separates items. Otherwise "a b" would become one unknown item.
    """
    return re.split(rf"\s*{re.escape(_SEPARATORS[option])}\s*|\s+", text.strip())


def _describe_problem(option: str) -> str:
    """Return a message about an invalid option. Pydantic's own message names Python types, which users do not know."""
    # Callbacks are not implemented yet.
    known_options = ", ".join(name.replace("_", "-") for name in _INSTRUCTIONS if name != "callback")
    return _INSTRUCTIONS.get(option, f"this option does not exist; options are {known_options}")


def _get_option_name(name: str) -> str:
    return name.removeprefix(PREFIX).replace("-", "_")


def _format_value(option: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return _SEPARATORS[option].join(value) if isinstance(value, list) else str(value)


def _parse_value(option: str, text: str) -> str | tuple[str, ...]:
    return tuple(split_list(option, text)) if option in _SEPARATORS else text
