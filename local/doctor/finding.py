"""What a check says: what was found, whether that will do, and what to do about it."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "wrong"]


@dataclass(frozen=True)
class Finding:
    """`found` and `advice` are a line each; a finding that needs no advice has none."""

    group: str
    check: str
    state: State
    found: str
    advice: str = ""


def ok(group: str, check: str, found: str, advice: str = "") -> Finding:
    """Nothing to be done, though there may be something to know."""
    return Finding(group, check, "ok", found, advice)


def warning(group: str, check: str, found: str, advice: str) -> Finding:
    """It works, and not in every way or not for long."""
    return Finding(group, check, "warning", found, advice)


def wrong(group: str, check: str, found: str, advice: str) -> Finding:
    """Something that was asked for does not work."""
    return Finding(group, check, "wrong", found, advice)
