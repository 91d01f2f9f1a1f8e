"""Findings about a cluster, for clusters with one defect each."""

from typing import Any

import pytest

from local.doctor.cluster.cluster_checks import check_cluster
from local.doctor.cluster.kubectl import AccessDeniedError, ClusterQueryError
from tests.unit.doctor.example_cluster import (
    DEFINITION,
    EXPECTED,
    FEATURES,
    NAMESPACE,
    SECRET,
    SERVICE_LIST,
    build_healthy_answers,
    build_resource,
    create_fake_query,
)


def list_problems(answers: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return state, check and text of the findings that are not ok, for a healthy cluster with these changes."""
    findings = check_cluster(EXPECTED, NAMESPACE, create_fake_query(build_healthy_answers() | answers))
    return [(finding.state, finding.check, finding.found) for finding in findings if finding.state != "ok"]


def test_healthy_cluster_is_ok() -> None:
    findings = check_cluster(EXPECTED, NAMESPACE, create_fake_query(build_healthy_answers()))

    assert {finding.state for finding in findings} == {"ok"}
    assert {finding.check: finding.found for finding in findings} == {
        "Kubernetes": "v1.34.4",
        "Knative Serving": "1.23.0",
        "kinds": "all 2 kinds of the manifests are served",
        "knative-serving/config-features": "as expected",
        "namespace": NAMESPACE,
        "Secret pagebus": "has all 1 keys",
        "Services": "all 2 exist and are ready",
        "KafkaSources": "all 1 exist and are ready",
    }


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"/version": {"gitVersion": "v1.31.2"}}, ("warning", "Kubernetes", "v1.31.2 is older than")),
        ({DEFINITION: None}, ("wrong", "Knative Serving", "is not installed")),
        ({DEFINITION: {"metadata": {}}}, ("warning", "Knative Serving", "its version is unknown")),
        (
            {"/apis/sources.knative.dev/v1": None},
            ("wrong", "kind KafkaSource", "is not served in sources.knative.dev/v1"),
        ),
        ({FEATURES: None}, ("wrong", "knative-serving/config-features", "does not exist")),
        ({FEATURES: {"data": {}}}, ("wrong", "knative-serving/config-features", "is not set")),
        ({f"/api/v1/namespaces/{NAMESPACE}": None}, ("wrong", "namespace", "documents does not exist")),
        ({SECRET: None}, ("wrong", "Secret pagebus", "is not in documents")),
        ({SECRET: {"data": {"DATABASE_URL": ""}}}, ("wrong", "Secret pagebus", "has no value for DATABASE_URL")),
        ({SECRET: {"metadata": {}}}, ("wrong", "Secret pagebus", "has no value for DATABASE_URL")),
        ({SERVICE_LIST: {"items": [build_resource("intake")]}}, ("wrong", "Services", "missing: tesseract")),
        ({SERVICE_LIST: None}, ("wrong", "Services", "missing: intake, tesseract")),
    ],
)
def test_defect_is_reported(answers: dict[str, Any], expected: tuple[str, str, str]) -> None:
    [(state, check, text)] = list_problems(answers)

    assert (state, check) == expected[:2]
    assert expected[2] in text


def test_newer_version_is_ok_with_the_expected_version() -> None:
    findings = check_cluster(
        EXPECTED, NAMESPACE, create_fake_query(build_healthy_answers() | {"/version": {"gitVersion": "v1.36.0+k3s1"}})
    )

    [kubernetes] = [finding for finding in findings if finding.check == "Kubernetes"]
    assert kubernetes.state == "ok"
    assert "made for 1.34" in kubernetes.advice


def test_unready_resource_is_wrong_with_its_reason() -> None:
    failing = build_resource("tesseract", "False", reason="RevisionMissing", message="Unable to fetch\nimage")

    [(state, check, text)] = list_problems({SERVICE_LIST: {"items": [build_resource("intake"), failing]}})

    assert (state, check) == ("wrong", "Service tesseract")
    assert text == "is not ready: RevisionMissing: Unable to fetch image"


@pytest.mark.parametrize(
    "changing", [build_resource("tesseract", "Unknown", message="Deploying"), {"metadata": {"name": "tesseract"}}]
)
def test_resource_without_a_final_status_is_a_warning(changing: dict[str, Any]) -> None:
    [(state, check, _)] = list_problems({SERVICE_LIST: {"items": [build_resource("intake"), changing]}})

    assert (state, check) == ("warning", "Service tesseract")


def test_resources_with_a_name_prefix_are_found() -> None:
    assert (
        list_problems(
            {SERVICE_LIST: {"items": [build_resource("staging-intake"), build_resource("staging-tesseract")]}}
        )
        == []
    )


def test_silent_cluster_is_one_finding() -> None:
    [(state, check, text)] = list_problems({"/version": ClusterQueryError("connection refused")})

    assert (state, check, text) == ("wrong", "Kubernetes", "cannot be queried: connection refused")


def test_denied_access_is_a_warning() -> None:
    [(state, check, text)] = list_problems({SECRET: AccessDeniedError("secrets is forbidden")})

    assert (state, check, text) == ("warning", "Secret pagebus", "not checked: secrets is forbidden")


def test_findings_have_no_value_of_a_secret() -> None:
    assert "Z2VoZWlt" not in str(check_cluster(EXPECTED, NAMESPACE, create_fake_query(build_healthy_answers())))


def test_every_problem_has_advice() -> None:
    empty = dict.fromkeys(build_healthy_answers()) | {"/version": {"gitVersion": "v1.20.0"}}

    assert [
        finding for finding in check_cluster(EXPECTED, NAMESPACE, create_fake_query(empty)) if not finding.advice
    ] == []
