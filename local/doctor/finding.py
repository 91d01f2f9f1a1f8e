"""The result of a check: its state, a description, and advice for the user."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "wrong"]


@dataclass(frozen=True)
class Finding:
    """Result of one check. `found` and `advice` are one line each; `advice` is empty if there is nothing to do."""

    group: str
    check: str
    state: State
    found: str
    advice: str = ""


def report_ok(group: str, check: str, found: str, advice: str = "") -> Finding:
    """Return a finding that needs no action. Its advice, if any, is only information."""
    return Finding(group, check, "ok", found, advice)


def report_warning(group: str, check: str, found: str, advice: str) -> Finding:
    """Return a finding about a part that works now, but not in every case or not for long."""
    return Finding(group, check, "warning", found, advice)


def report_wrong(group: str, check: str, found: str, advice: str) -> Finding:
    """Return a finding about a part that the user needs and that does not work."""
    return Finding(group, check, "wrong", found, advice)
