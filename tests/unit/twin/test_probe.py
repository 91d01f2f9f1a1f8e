"""Results of probes, and their intervals."""

import asyncio
from contextlib import aclosing, suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from local.manifests.serving import Probe
from local.twin.services import probe
from local.twin.services.probe import watch_probe

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Collect the requested pauses, none of which takes any time."""
    made: list[float] = []

    async def sleep(seconds: float) -> None:
        made.append(seconds)

    monkeypatch.setattr(probe, "asyncio", SimpleNamespace(sleep=sleep))
    return made


def collect_results(
    monkeypatch: pytest.MonkeyPatch, tries: str, *, settings: dict[str, object], hurried: bool = False
) -> list[bool]:
    """Return the results for a replica whose probe succeeds (+) and fails (-) in this order."""
    outcomes: Iterator[str] = iter(tries)

    async def run_probe(*_: object) -> bool:
        try:
            return next(outcomes) == "+"
        except StopIteration:
            raise asyncio.CancelledError from None

    monkeypatch.setattr(probe, "run_probe", run_probe)

    async def scene() -> list[bool]:
        found: list[bool] = []
        async with aclosing(watch_probe(Probe.model_validate(settings), "h", 1, fast_start=hurried)) as verdict:
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
def test_probe_result_needs_its_threshold(
    monkeypatch: pytest.MonkeyPatch, tries: str, settings: dict[str, object], verdict: list[bool]
) -> None:
    assert collect_results(monkeypatch, tries, settings=settings) == verdict


def test_initial_delay_and_period_are_respected(monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> None:
    collect_results(monkeypatch, "-+", hurried=True, settings={"initialDelaySeconds": 5, "periodSeconds": 2})
    assert pauses == [5, 2, 2]


def test_readiness_probe_without_period_starts_fast(monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> None:
    collect_results(monkeypatch, "----+-", settings={}, hurried=True)
    assert pauses == [0, *[probe.FAST_INTERVAL] * 4, 10, 10]
