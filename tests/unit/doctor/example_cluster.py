"""Answers of the API of a healthy cluster, by path. A test replaces some of them."""

from collections.abc import Iterable
from typing import Any

from local.doctor.cluster.expected import Component, ExpectedCluster, ExpectedValues, ResourceKind
from local.doctor.cluster.kubectl import Query

NAMESPACE = "documents"
SERVICES = ResourceKind("serving.knative.dev/v1", "Service")
SOURCES = ResourceKind("sources.knative.dev/v1", "KafkaSource")
SERVICE_LIST = "/apis/serving.knative.dev/v1/namespaces/documents/services"
FEATURES = "/api/v1/namespaces/knative-serving/configmaps/config-features"
SECRET = "/api/v1/namespaces/documents/secrets/pagebus"
DEFINITION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/services.serving.knative.dev"

EXPECTED = ExpectedCluster(
    components=[Component("Kubernetes", "1.34"), Component("Knative Serving", "1.23", "services.serving.knative.dev")],
    configs=[
        ExpectedValues(
            "config-features.yaml",
            "ConfigMap",
            "config-features",
            "knative-serving",
            {"kubernetes.podspec-tolerations": "enabled"},
        )
    ],
    settings=[ExpectedValues("secret.template.yaml", "Secret", "pagebus", None, {"DATABASE_URL": "postgresql://USER"})],
    resources={SERVICES: frozenset({"intake", "tesseract"}), SOURCES: frozenset({"intake"})},
)


def build_resource(name: str, ready: str = "True", **details: str) -> dict[str, Any]:
    """Return a Knative resource whose Ready condition has this status and these details."""
    conditions = [{"type": "ConfigurationsReady", "status": "True"}, {"type": "Ready", "status": ready, **details}]
    return {"metadata": {"name": name, "namespace": NAMESPACE}, "status": {"conditions": conditions}}


def build_healthy_answers() -> dict[str, Any]:
    """Return the answers by path."""
    definition = {"metadata": {"name": "x", "labels": {"app.kubernetes.io/version": "1.23.0"}}}
    namespace = f"/api/v1/namespaces/{NAMESPACE}"
    sources = f"/apis/sources.knative.dev/v1/namespaces/{NAMESPACE}/kafkasources"
    return {
        "/version": {"major": "1", "minor": "34", "gitVersion": "v1.34.4"},
        DEFINITION: definition,
        "/apis/serving.knative.dev/v1": _list_kinds(("services/status", "Service"), ("services", "Service")),
        "/apis/sources.knative.dev/v1": _list_kinds(("kafkasources", "KafkaSource")),
        FEATURES: {"data": {"_example": "...", "kubernetes.podspec-tolerations": "Enabled"}},
        namespace: {"metadata": {"name": NAMESPACE}},
        SECRET: {"data": {"DATABASE_URL": "Z2VoZWlt"}},
        SERVICE_LIST: {"items": [build_resource("intake"), build_resource("tesseract")]},
        sources: {"items": [build_resource("intake")]},
    }


def create_fake_query(answers: dict[str, Any]) -> Query:
    """Return a query that reads these answers by path, and raises those that are exceptions."""

    def query(path: str) -> dict[str, Any] | None:
        answer: Any = answers.get(path)
        if isinstance(answer, Exception):
            raise answer
        return answer if answer is None else dict(answer)

    return query


def _list_kinds(*plurals_and_kinds: tuple[str, str]) -> dict[str, Iterable[dict[str, str]]]:
    return {"resources": [{"name": plural, "kind": kind} for plural, kind in plurals_and_kinds]}
