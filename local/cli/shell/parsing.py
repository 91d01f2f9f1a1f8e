"""Parsers for the values of options and arguments: durations, rates and id prefixes."""

import re
from uuid import UUID

from local.cli.shell.errors import UsageError

_SECONDS_BY_UNIT = {"s": 1, "m": 60, "h": 3600, "d": 86400}
# A century: every stored event is newer, and PostgreSQL can still subtract this duration from now().
_MAX_DURATION_S = 36525 * 86400.0
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?[smhd])+")
_RATE = re.compile(r"(\d+(?:\.\d+)?)(?:/s)?")


def parse_duration(option: str, text: str) -> float:
    """Return a duration such as 90s, 15m or 1h30m in seconds. A duration above a century becomes a century.

    Raise UsageError, which names the option, if the text is not a duration.
    """
    if not _DURATION.fullmatch(text):
        raise UsageError(f"{option} {text!r} is not a duration. Write it as 90s, 15m, 1h or 2d.")
    seconds = sum(float(number) * _SECONDS_BY_UNIT[unit] for number, unit in re.findall(r"([\d.]+)([smhd])", text))
    return min(seconds, _MAX_DURATION_S)


def parse_rate(option: str, text: str) -> float:
    """Return a rate such as 10/s or 0.5 as a number per second.

    Raise UsageError, which names the option, if the text is not a rate above zero.
    """
    match = _RATE.fullmatch(text)
    if not match or not float(match[1]):
        raise UsageError(f"{option} {text!r} is not a rate above zero. Write it as 10/s.")
    return float(match[1])


def parse_id_prefix(prefix: str, *, kind: str, list_command: str) -> tuple[UUID, UUID]:
    """Return the lowest and the highest id that start with the prefix.

    Raise UsageError if the prefix is not the start of an id. Its message contains `kind`, which is the kind of the ids,
    such as `document`, and `list_command`, which is the command that lists the ids.
    """
    digits = prefix.replace("-", "")
    if not digits:
        raise UsageError(f"The id of the {kind} is empty. Enter its first digits; `{list_command}` lists the ids.")
    try:
        return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    except ValueError as error:
        raise UsageError(
            f"{prefix!r} is not the start of a {kind}'s id, such as 0f3a9c1e. `{list_command}` lists the ids."
        ) from error
