"""Parsers of values that users type: durations, rates and id prefixes."""

import re
from uuid import UUID

from local.cli.shell.errors import UsageError

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
# Longer than any stored event is old, and short enough that PostgreSQL can subtract it from now().
_LONGEST_DURATION_S = 36525 * 86400.0
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?[smhd])+")
_RATE = re.compile(r"(\d+(?:\.\d+)?)(?:/s)?")


def parse_duration(option: str, text: str) -> float:
    """Return the seconds of a duration such as 90s, 15m or 1h30m, at most a century.

    Raise UsageError, with the name of the option, if the text is not a duration.
    """
    if not _DURATION.fullmatch(text):
        raise UsageError(f"{option} {text!r} is not a duration. Write it as 90s, 15m, 1h or 2d.")
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in re.findall(r"([\d.]+)([smhd])", text))
    return min(seconds, _LONGEST_DURATION_S)


def parse_rate(option: str, text: str) -> float:
    """Return the number per second of a rate such as 10/s or 0.5.

    Raise UsageError, with the name of the option, if the text is not a rate or is zero.
    """
    match = _RATE.fullmatch(text)
    if not match or not float(match[1]):
        raise UsageError(f"{option} {text!r} is not a rate above zero. Write it as 10/s.")
    return float(match[1])


def parse_id_prefix(prefix: str, *, kind: str, list_command: str) -> tuple[UUID, UUID]:
    """Return the lowest and the highest id that start with the prefix.

    Raise UsageError if the prefix is empty or not hexadecimal. The message names the `kind` of thing and the
    command that lists the ids.
    """
    digits = prefix.replace("-", "")
    if not digits:
        raise UsageError(f"Give a {kind}'s id, or the first digits of one. `{list_command}` lists them.")
    try:
        return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    except ValueError as error:
        raise UsageError(
            f"{prefix!r} is not the start of a {kind}'s id, such as 0f3a9c1e. `{list_command}` lists the ids."
        ) from error
