"""What knative/platform asks of a cluster: enough for our manifests, and said once."""

import re
from pathlib import Path

import yaml

from local.doctor.cluster.expected import PLATFORM
from tests.contract.layout.repository import ROOT, tracked


def config(name: str) -> dict[str, str]:
    return dict(yaml.safe_load((PLATFORM / f"{name}.yaml").read_text(encoding="utf-8"))["data"])


def test_no_service_may_take_longer_than_the_cluster_lets_it() -> None:
    longest = int(config("config-defaults")["max-revision-timeout-seconds"])
    texts = ((ROOT / path).read_text(encoding="utf-8") for path in tracked("knative/*.yaml"))
    asked = [int(seconds) for text in texts for seconds in re.findall(r"\btimeoutSeconds: *([0-9]+)", text)]

    assert asked
    assert max(asked) <= longest


def test_what_is_applied_is_every_config_map_but_those_that_are_one_string() -> None:
    files = {path.name for path in PLATFORM.glob("config-*.yaml")}
    applied = set(yaml.safe_load((PLATFORM / "kustomization.yaml").read_text(encoding="utf-8"))["resources"])

    assert applied <= files
    assert all(key.endswith(".properties") for name in files - applied for key in config(Path(name).stem))


def test_the_read_me_names_the_versions_that_the_doctor_looks_for() -> None:
    versions = yaml.safe_load((PLATFORM / "versions.yaml").read_text(encoding="utf-8"))
    rows = (PLATFORM / "README.md").read_text(encoding="utf-8")

    assert versions
    for name, about in versions.items():
        assert re.search(rf"^\| {re.escape(name)} \| {re.escape(about['version'])}\b", rows, re.MULTILINE), name
