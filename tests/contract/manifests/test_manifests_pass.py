"""All manifests of the product pass every check."""

from pathlib import Path

import pytest
import yaml

from local.rules.main import check_folder, check_manifests, list_product_folders
from local.rules.registry import RULES
from tests.contract.manifests.builds import compose


@pytest.mark.parametrize("folder", list_product_folders())
def test_product_manifests_have_no_problems(folder: str) -> None:
    assert check_folder(folder) == []


def test_certificates_instead_of_passwords_have_no_problems(tmp_path: Path) -> None:
    manifests = compose(tmp_path, resources=["base"], components=["components/kafka-mtls"])
    assert list(check_manifests("mtls", yaml.safe_dump_all(manifests).encode(), RULES)) == []
