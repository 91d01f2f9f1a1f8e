"""One Knative for all parity tests, with the scenarios of all tests at the same time."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.parity.knative import ClusterUnderTest, Knative, TwinUnderTest
from tests.parity.scenario import RunningScenario, Scenario


@pytest.fixture(scope="session")
def knative(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Knative]:
    match os.environ.get("PAGEBUS_PARITY_APPLY", "twin"):
        case "twin":
            twin = TwinUnderTest(tmp_path_factory.mktemp("parity"))
            yield twin
            twin.stop()
        case "kubectl":
            yield ClusterUnderTest(os.environ)
        case other:
            pytest.fail(f"PAGEBUS_PARITY_APPLY={other}: twin or kubectl")


@pytest.fixture(scope="session")
def played(request: pytest.FixtureRequest, knative: Knative) -> Iterator[dict[str, RunningScenario]]:
    """Play the scenarios of all selected tests together, and return them by name."""
    modules = {id(item.module): item.module for item in request.session.items if isinstance(item, pytest.Function)}
    scenarios: list[Scenario] = [one for module in modules.values() for one in getattr(module, "SCENARIOS", ())]
    open_ = {scenario.name: scenario.open(knative) for scenario in scenarios}
    knative.apply(manifest for one in open_.values() for manifest in one.scenario.manifests(one))
    for one in open_.values():
        one.produce(one.scenario.records)
    yield open_
    with ThreadPoolExecutor() as pool:  # each close takes half a second
        list(pool.map(RunningScenario.close, open_.values()))
