"""Whether the twin answers, its functions run, its sources have their partitions, and the gateway takes requests."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from local.doctor.finding import Finding, ok, warning, wrong
from local.twin.left_out import LeftOut

GROUP = "twin"

# A replica may have to start for this first.
_READY_S = 20.0
_READY = range(200, 300)
_ANSWER_S = 5.0


def check(control: str) -> list[Finding]:
    """Ask it for its state."""
    try:
        said = requests.get(f"{control}/state", timeout=_ANSWER_S).json()
    except requests.RequestException as error:
        found = f"does not answer at {control}: {type(error).__name__}"
        return [wrong(GROUP, "twin", found, "Start it afresh: `pagebus down`, then `pagebus up --detach`.")]
    return [*functions(said["functions"]), *sources(said["sources"])]


@dataclass(frozen=True)
class Here:
    """What a twin says of this machine: the engines that it leaves out, and where weights are."""

    left_out: list[LeftOut]
    models: str | None


def here(control: str) -> Here | None:
    """None where it does not answer."""
    try:
        said = requests.get(f"{control}/state", timeout=_ANSWER_S).json()
    except requests.RequestException:
        return None
    return Here([LeftOut(**one) for one in said["left_out"]], said["models"])


def ended(home: Path) -> list[Finding]:
    """It was started, and is not there."""
    advice = f"`pagebus up --detach` starts it again; its last words are in {home / 'logs/twin.log'}."
    return [wrong(GROUP, "twin", "has ended", advice)]


def functions(said: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """Functions that are kept from running, else how many there are."""
    known = list(said)
    failing = [
        wrong(GROUP, one["name"], one["failing"], "What it lacks may stand under packages, settings or models.")
        for one in known
        if one["failing"]
    ]
    awake = sum(one["ready"] > 0 for one in known)
    return failing or [ok(GROUP, "functions", f"{len(known)}, {awake} of them awake")]


def sources(said: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """Sources that read nothing, and those that had to drop events."""
    known = list(said)
    unassigned = [
        wrong(GROUP, f"source {one['name']}", "has no partitions", "If Kafka answers, wait a minute and ask again.")
        for one in known
        if not one["assigned"]
    ]
    lost = [
        warning(GROUP, f"source {one['name']}", f"{one['lost']} events dropped", "The twin's log says which and why.")
        for one in known
        if one["lost"]
    ]
    return [*unassigned, *lost] or [ok(GROUP, "sources", f"{len(known)}, each with its partitions")]


def gateway(url: str) -> list[Finding]:
    """Whether it takes requests, where it has to be started first, too."""
    try:
        status = requests.get(f"{url}/health/ready", timeout=_READY_S).status_code
    except requests.RequestException as error:
        why = f"does not answer at {url}: {type(error).__name__}"
        return [wrong(GROUP, "gateway", why, "Its log is in the home's logs.")]
    if status not in _READY:
        return [wrong(GROUP, "gateway", f"answers {status} at {url}", "Its log is in the home's logs.")]
    return [ok(GROUP, "gateway", f"ready at {url}")]
