"""How long, as people type it."""

import re

from local.cli.errors import Impossible

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
# Longer ago than anything is, and short enough for a database to count back.
_CENTURY = 36525 * 86400.0
_SPAN = re.compile(r"(?:\d+(?:\.\d+)?[smhd])+")
_RATE = re.compile(r"(\d+(?:\.\d+)?)(?:/s)?")


def seconds(flag: str, text: str) -> float:
    """Of a span such as 90s, 15m or 1h30m. Raises Impossible, naming the flag."""
    if not _SPAN.fullmatch(text):
        raise Impossible(f"{flag} {text!r} is not understood; say it as 90s, 15m, 1h or 2d.")
    span = sum(float(number) * _SECONDS[unit] for number, unit in re.findall(r"([\d.]+)([smhd])", text))
    return min(span, _CENTURY)


def per_second(flag: str, text: str) -> float:
    """Of a rate such as 10/s. Raises Impossible, naming the flag."""
    found = _RATE.fullmatch(text)
    if not found or not float(found[1]):
        raise Impossible(f"{flag} {text!r} is not understood; say it as 10/s.")
    return float(found[1])


def roughly(span: float) -> str:
    """As much of a span of seconds as matters."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if span >= 2 * size:
            return f"{span / size:.0f} {unit}"
    return f"{span:.0f} s"
