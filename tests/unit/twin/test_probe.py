"""What probes say of a replica, and when."""

import asyncio
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

import pytest

from local.manifests.serving import Probe
from local.twin.services import probe
from local.twin.services.probe import verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Every pause that was made, none of which takes any time."""
    made: list[float] = []

    async def sleep(seconds: float) -> None:
        made.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return made


def said(
    monkeypatch: pytest.MonkeyPatch, tries: str, *, settings: dict[str, object], hurried: bool = False
) -> list[bool]:
    """The verdicts on a replica whose probe succeeds (+) and fails (-) like this."""
    outcomes: Iterator[str] = iter(tries)

    async def passes(*_: object) -> bool:
        try:
            return next(outcomes) == "+"
        except StopIteration:
            raise asyncio.CancelledError from None

    monkeypatch.setattr(probe, "passes", passes)

    async def scene() -> list[bool]:
        found: list[bool] = []
        async with aclosing(verdicts(Probe.model_validate(settings), "h", 1, hurried=hurried)) as verdict:
            with suppress(asyncio.CancelledError):
                while True:
                    found.append(await anext(verdict))
        return found

    return asyncio.run(scene())


@pytest.mark.parametrize(
    ("tries", "settings", "verdict"),
    [
        pytest.param("+++", {}, [True], id="a single success is enough"),
        pytest.param("++-++", {"successThreshold": 3}, [], id="not often enough in a row"),
        pytest.param("++-+++", {"successThreshold": 3}, [True], id="often enough in a row"),
        pytest.param("+--+--", {}, [True], id="three failures in a row are needed"),
        pytest.param("+---+", {}, [True, False, True], id="unready and ready again"),
        pytest.param("+-+", {"failureThreshold": 1}, [True, False, True], id="a failure threshold of one"),
        pytest.param("---", {}, [False], id="never ready"),
    ],
)
@pytest.mark.usefixtures("pauses")
def test_a_verdict_needs_its_threshold(
    monkeypatch: pytest.MonkeyPatch, tries: str, settings: dict[str, object], verdict: list[bool]
) -> None:
    assert said(monkeypatch, tries, settings=settings) == verdict


def test_an_initial_delay_and_a_period_are_kept(monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> None:
    said(monkeypatch, "-+", hurried=True, settings={"initialDelaySeconds": 5, "periodSeconds": 2})
    assert pauses == [5, 2, 2]


def test_without_a_period_readiness_is_asked_without_pause_until_it_is_there(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    said(monkeypatch, "----+-", settings={}, hurried=True)
    assert pauses == [0, *[probe.INTERVAL] * 4, 10, 10]
