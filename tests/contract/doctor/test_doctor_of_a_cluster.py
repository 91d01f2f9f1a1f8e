"""`pagebus doctor --cluster` as a process, with an API server over HTTP."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.cli.stack.up_options import PRODUCT_MANIFESTS
from local.doctor.cluster.expected import ExpectedCluster, load_expected_cluster
from tests.contract.doctor.api_server import run_api_server, write_kubeconfig, write_kubectl

Run = Callable[..., subprocess.CompletedProcess[str]]
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@pytest.fixture
def doctor(tmp_path: Path) -> Run:
    """Return a function that runs the command. Its PATH has the substitute for kubectl, unless `path` replaces it."""
    programs = str(write_kubectl(tmp_path).parent)

    def run(*arguments: str, path: str = programs) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("pagebus")), "doctor", *arguments]
        environment = {**os.environ, "PATH": path, "PAGEBUS_HOME": str(tmp_path / "home")}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    return run


def build_answers(expected: ExpectedCluster, namespace: str) -> dict[str, Any]:
    """Return the answers, by path, of a cluster that has everything expected."""
    answers: dict[str, Any] = {"/version": {"gitVersion": "v1.34.4"}, f"/api/v1/namespaces/{namespace}": {}}
    for component in expected.components:
        labels = {"app.kubernetes.io/version": f"{component.version}.0"}
        answers[f"{_DEFINITIONS}/{component.definition}"] = {"metadata": {"labels": labels}}
    for config in expected.configs:
        answers[f"/api/v1/namespaces/{config.namespace}/configmaps/{config.name}"] = {"data": dict(config.data)}
    for values in expected.settings:
        path = f"/api/v1/namespaces/{namespace}/{values.kind.lower()}s/{values.name}"
        answers[path] = {"data": dict.fromkeys(values.data, "x")}
    for kind, names in expected.resources.items():
        group = answers.setdefault(f"/apis/{kind.api_version}", {"resources": []})
        group["resources"].append({"name": f"{kind.name.lower()}s", "kind": kind.name})
        items = [
            {"metadata": {"name": name}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
            for name in names
        ]
        answers[f"/apis/{kind.api_version}/namespaces/{namespace}/{kind.name.lower()}s"] = {"items": items}
    return answers


def test_expected_cluster_is_ok(doctor: Run, tmp_path: Path) -> None:
    with run_api_server(build_answers(load_expected_cluster(PRODUCT_MANIFESTS), "pagebus")) as url:
        result = doctor("--cluster", "--kubeconfig", str(write_kubeconfig(tmp_path, here=url)))

    assert result.returncode == 0, result.stdout + result.stderr
    assert "Nothing is wrong." in result.stdout


def test_wrong_finding_fails_the_command(doctor: Run, tmp_path: Path) -> None:
    answers = build_answers(load_expected_cluster(PRODUCT_MANIFESTS), "elsewhere")
    answers["/api/v1/namespaces/knative-serving/configmaps/config-defaults"] = {
        "data": {"max-revision-timeout-seconds": "300"}
    }
    answers["/api/v1/namespaces/elsewhere/secrets/pagebus"] = 403

    with run_api_server(answers) as url:
        file = str(write_kubeconfig(tmp_path, away="http://127.0.0.1:9", here=url))
        result = doctor("--cluster", "--kubeconfig", file, "--context", "here", "--namespace", "elsewhere", "--json")

    assert result.returncode == 1, result.stderr
    problems = {finding["check"]: finding for finding in json.loads(result.stdout) if finding["state"] != "ok"}
    assert problems.keys() == {"knative-serving/config-defaults", "Secret pagebus"}
    assert problems["knative-serving/config-defaults"]["state"] == "wrong"
    assert problems["Secret pagebus"]["state"] == "warning"


def test_missing_kubectl_has_advice_to_install_it(doctor: Run, tmp_path: Path) -> None:
    result = doctor("--cluster", path=str(tmp_path / "nothing"))

    assert result.returncode == 1
    assert "Install kubectl" in result.stdout
