"""What knative/platform asks of a cluster is what our manifests need of it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.doctor.cluster.expected import PLATFORM
from tests.contract.layout.repository import ROOT, tracked

#: Fields of a Service's pod that Knative takes only where a flag is on.
FLAGS = {
    "affinity": "kubernetes.podspec-affinity",
    "topologySpreadConstraints": "kubernetes.podspec-topologyspreadconstraints",
    "nodeSelector": "kubernetes.podspec-nodeselector",
    "tolerations": "kubernetes.podspec-tolerations",
    "runtimeClassName": "kubernetes.podspec-runtimeclassname",
    "securityContext": "kubernetes.podspec-securitycontext",
    "priorityClassName": "kubernetes.podspec-priorityclassname",
    "schedulerName": "kubernetes.podspec-schedulername",
    "initContainers": "kubernetes.podspec-init-containers",
    "emptyDir": "kubernetes.podspec-volumes-emptydir",
    "image": "kubernetes.podspec-volumes-image",
    "csi": "kubernetes.podspec-volumes-csi",
    "persistentVolumeClaim": "kubernetes.podspec-persistent-volume-claim",
}


def documents(folder: str) -> Iterator[Any]:
    for path in tracked(f"{folder}/*.yaml"):
        if path.name != "kustomization.yaml":
            yield from filter(None, yaml.safe_load_all((ROOT / path).read_text(encoding="utf-8")))


def config(name: str) -> dict[str, str]:
    return dict(yaml.safe_load((PLATFORM / f"{name}.yaml").read_text(encoding="utf-8"))["data"])


def pods() -> Iterator[dict[str, Any]]:
    """The pods of all Services, also of what patches them."""
    for one in documents("knative"):
        if isinstance(one, dict) and str(one.get("apiVersion")).startswith("serving.knative.dev"):
            yield one["spec"]["template"].get("spec", {})


def fields(pod: dict[str, Any]) -> set[str]:
    """What it has that a flag may be for."""
    volumes = {name for volume in pod.get("volumes", []) for name in volume}
    return (pod.keys() | volumes) & FLAGS.keys()


def test_every_field_of_a_pod_that_needs_a_flag_has_it() -> None:
    on = {flag for flag, value in config("config-features").items() if value == "enabled"}

    assert {FLAGS[field] for pod in pods() for field in fields(pod)} - on == set()


def test_no_service_may_take_longer_than_the_cluster_lets_it() -> None:
    longest = int(config("config-defaults")["max-revision-timeout-seconds"])
    asked = [pod["timeoutSeconds"] for pod in pods() if "timeoutSeconds" in pod]

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


@pytest.mark.parametrize(
    ("pod", "found"),
    [
        ({"nodeSelector": {}, "containers": [{"securityContext": {}}]}, {"nodeSelector"}),
        ({"volumes": [{"name": "x", "persistentVolumeClaim": {}}]}, {"persistentVolumeClaim"}),
    ],
)
def test_a_field_that_needs_a_flag_is_seen(pod: dict[str, Any], found: set[str]) -> None:
    assert fields(pod) == found
