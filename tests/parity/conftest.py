"""One Knative for all parity tests, and in it the scenarios of all of them at once."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.parity.knative import Cluster, Knative, Twin
from tests.parity.scenario import Played, Scenario

# Recordings of a real Knative are replayed where there are some.
collect_ignore_glob = [] if os.environ.get("PAGEBUS_GOLDEN") else ["test_replayed_*.py"]


@pytest.fixture(scope="session")
def knative(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Knative]:
    match os.environ.get("PAGEBUS_PARITY_APPLY", "twin"):
        case "twin":
            twin = Twin(tmp_path_factory.mktemp("parity"))
            yield twin
            twin.down()
        case "kubectl":
            yield Cluster(os.environ)
        case other:
            pytest.fail(f"PAGEBUS_PARITY_APPLY={other}: twin or kubectl")


@pytest.fixture(scope="session")
def played(request: pytest.FixtureRequest, knative: Knative) -> Iterator[dict[str, Played]]:
    """Every scenario of the tests that run, by name: applied together, produced at once."""
    modules = {id(item.module): item.module for item in request.session.items if isinstance(item, pytest.Function)}
    scenarios: list[Scenario] = [one for module in modules.values() for one in getattr(module, "SCENARIOS", ())]
    open_ = {scenario.name: scenario.open(knative) for scenario in scenarios}
    knative.apply(manifest for one in open_.values() for manifest in one.scenario.manifests(one))
    for one in open_.values():
        one.produce(one.scenario.records)
    yield open_
    with ThreadPoolExecutor() as pool:  # each takes half a second to notice
        list(pool.map(Played.close, open_.values()))
