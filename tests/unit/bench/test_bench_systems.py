"""Manifests of the systems on which measurements run."""

from pathlib import Path

import pytest

from local.manifests.loading import load_manifests
from local.manifests.serving import Service
from local.rules.references import check_references
from tests.bench.systems import PERSISTENCE_ONLY, SCALED_TO_ZERO, WARM_REPLICAS, System, read_product_manifests


@pytest.mark.parametrize("system", [PERSISTENCE_ONLY, SCALED_TO_ZERO, WARM_REPLICAS], ids=["one", "zero", "warm"])
def test_system_has_everything_that_its_functions_refer_to(system: System, tmp_path: Path) -> None:
    for name, text in read_product_manifests(system).items():
        (tmp_path / name).write_text(text)

    manifests = load_manifests((tmp_path,))

    services = {service.metadata.name for service in manifests.select(Service)}
    assert services
    assert not system.functions or services == set(system.functions)
    assert list(check_references(manifests)) == []
