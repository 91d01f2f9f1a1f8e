"""The requirements in knative/platform cover our manifests and agree with its README."""

import re
from pathlib import Path

import yaml

from local.doctor.cluster.expected import PLATFORM
from tests.contract.layout.repository import ROOT, list_tracked_files


def load_config(name: str) -> dict[str, str]:
    return dict(yaml.safe_load((PLATFORM / f"{name}.yaml").read_text(encoding="utf-8"))["data"])


def test_timeouts_are_below_the_limit_of_the_cluster() -> None:
    limit = int(load_config("config-defaults")["max-revision-timeout-seconds"])
    texts = ((ROOT / path).read_text(encoding="utf-8") for path in list_tracked_files("knative/*.yaml"))
    timeouts = [int(seconds) for text in texts for seconds in re.findall(r"\btimeoutSeconds: *([0-9]+)", text)]

    assert timeouts
    assert max(timeouts) <= limit


def test_config_maps_with_properties_are_not_applied() -> None:
    files = {path.name for path in PLATFORM.glob("config-*.yaml")}
    applied = set(yaml.safe_load((PLATFORM / "kustomization.yaml").read_text(encoding="utf-8"))["resources"])

    assert applied <= files
    assert all(key.endswith(".properties") for name in files - applied for key in load_config(Path(name).stem))


def test_readme_names_the_versions_of_the_doctor() -> None:
    versions = yaml.safe_load((PLATFORM / "versions.yaml").read_text(encoding="utf-8"))
    rows = (PLATFORM / "README.md").read_text(encoding="utf-8")

    assert versions
    for name, about in versions.items():
        assert re.search(rf"^\| {re.escape(name)} \| {re.escape(about['version'])}\b", rows, re.MULTILINE), name
