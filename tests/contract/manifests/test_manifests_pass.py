"""Everything that the product would apply to a cluster passes every judge."""

from pathlib import Path

import pytest
import yaml

from local.rules.all import RULES
from local.rules.main import judge, ours, verdicts_on
from tests.contract.manifests.built import composed


@pytest.mark.parametrize("folder", ours())
def test_nothing_is_wrong_with_what_we_would_apply(folder: str) -> None:
    assert verdicts_on(folder) == []


def test_nothing_is_wrong_with_certificates_instead_of_passwords(tmp_path: Path) -> None:
    manifests = composed(tmp_path, resources=["base"], components=["components/kafka-mtls"])
    assert list(judge("mtls", yaml.safe_dump_all(manifests).encode(), RULES)) == []
