"""`pagebus doctor --cluster` as a process, before an API server that answers over HTTP."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.cli.request import PRODUCT
from local.doctor.cluster.expected import Expected, read
from tests.contract.doctor.api_server import kubeconfig, kubectl, serving

Run = Callable[..., subprocess.CompletedProcess[str]]
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@pytest.fixture
def doctor(tmp_path: Path) -> Run:
    """The command, which finds a kubectl of ours; without one where `path` says so."""
    programs = str(kubectl(tmp_path).parent)

    def run(*arguments: str, path: str = programs) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("pagebus")), "doctor", *arguments]
        environment = {**os.environ, "PATH": path, "PAGEBUS_HOME": str(tmp_path / "home")}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    return run


def cluster(wanted: Expected, namespace: str) -> dict[str, Any]:
    """An API in which all is as the product wants it."""
    answers: dict[str, Any] = {"/version": {"gitVersion": "v1.34.4"}, f"/api/v1/namespaces/{namespace}": {}}
    for one in wanted.components:
        labels = {"app.kubernetes.io/version": f"{one.version}.0"}
        answers[f"{_DEFINITIONS}/{one.definition}"] = {"metadata": {"labels": labels}}
    for config in wanted.configs:
        answers[f"/api/v1/namespaces/{config.namespace}/configmaps/{config.name}"] = {"data": dict(config.data)}
    for values in wanted.settings:
        path = f"/api/v1/namespaces/{namespace}/{values.kind.lower()}s/{values.name}"
        answers[path] = {"data": dict.fromkeys(values.data, "x")}
    for kind, names in wanted.resources.items():
        group = answers.setdefault(f"/apis/{kind.api_version}", {"resources": []})
        group["resources"].append({"name": f"{kind.name.lower()}s", "kind": kind.name})
        items = [
            {"metadata": {"name": one}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
            for one in names
        ]
        answers[f"/apis/{kind.api_version}/namespaces/{namespace}/{kind.name.lower()}s"] = {"items": items}
    return answers


def test_a_cluster_as_the_product_wants_it_is_well(doctor: Run, tmp_path: Path) -> None:
    with serving(cluster(read(PRODUCT), "pagebus")) as url:
        ended = doctor("--cluster", "--kubeconfig", str(kubeconfig(tmp_path, here=url)))

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Nothing is wrong." in ended.stdout


def test_what_is_wrong_is_listed_as_json_and_fails_the_command(doctor: Run, tmp_path: Path) -> None:
    answers = cluster(read(PRODUCT), "elsewhere")
    answers["/api/v1/namespaces/knative-serving/configmaps/config-defaults"] = {
        "data": {"max-revision-timeout-seconds": "300"}
    }
    answers["/api/v1/namespaces/elsewhere/secrets/pagebus"] = 403

    with serving(answers) as url:
        file = str(kubeconfig(tmp_path, away="http://127.0.0.1:9", here=url))
        ended = doctor("--cluster", "--kubeconfig", file, "--context", "here", "--namespace", "elsewhere", "--json")

    assert ended.returncode == 1, ended.stderr
    told = {one["check"]: one for one in json.loads(ended.stdout) if one["state"] != "ok"}
    assert told.keys() == {"knative-serving/config-defaults", "Secret pagebus"}
    assert told["knative-serving/config-defaults"]["state"] == "wrong"
    assert told["Secret pagebus"]["state"] == "warning"


def test_without_kubectl_the_command_says_what_to_install(doctor: Run, tmp_path: Path) -> None:
    ended = doctor("--cluster", path=str(tmp_path / "nothing"))

    assert ended.returncode == 1
    assert "Install kubectl" in ended.stdout
