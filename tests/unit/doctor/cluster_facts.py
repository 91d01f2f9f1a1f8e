"""A cluster in which all is well, as its API answers: a dictionary by path, in which a test breaks something."""

from collections.abc import Iterable
from typing import Any

from local.doctor.cluster.expected import Component, Expected, Kind, Values
from local.doctor.cluster.kubectl import Ask

NAMESPACE = "documents"
SERVICES = Kind("serving.knative.dev/v1", "Service")
SOURCES = Kind("sources.knative.dev/v1", "KafkaSource")
LISTED = "/apis/serving.knative.dev/v1/namespaces/documents/services"
FEATURES = "/api/v1/namespaces/knative-serving/configmaps/config-features"
SECRET = "/api/v1/namespaces/documents/secrets/pagebus"
DEFINITION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/services.serving.knative.dev"

WANTED = Expected(
    components=[Component("Kubernetes", "1.34"), Component("Knative Serving", "1.23", "services.serving.knative.dev")],
    configs=[
        Values(
            "config-features.yaml",
            "ConfigMap",
            "config-features",
            "knative-serving",
            {"kubernetes.podspec-tolerations": "enabled"},
        )
    ],
    settings=[Values("secret.template.yaml", "Secret", "pagebus", None, {"DATABASE_URL": "postgresql://USER"})],
    resources={SERVICES: frozenset({"intake", "tesseract"}), SOURCES: frozenset({"intake"})},
)


def resource(name: str, ready: str = "True", **said: str) -> dict[str, Any]:
    """A resource of Knative that says this of itself."""
    conditions = [{"type": "ConfigurationsReady", "status": "True"}, {"type": "Ready", "status": ready, **said}]
    return {"metadata": {"name": name, "namespace": NAMESPACE}, "status": {"conditions": conditions}}


def healthy() -> dict[str, Any]:
    """What the API answers by path."""
    definition = {"metadata": {"name": "x", "labels": {"app.kubernetes.io/version": "1.23.0"}}}
    namespace = f"/api/v1/namespaces/{NAMESPACE}"
    sources = f"/apis/sources.knative.dev/v1/namespaces/{NAMESPACE}/kafkasources"
    return {
        "/version": {"major": "1", "minor": "34", "gitVersion": "v1.34.4"},
        DEFINITION: definition,
        "/apis/serving.knative.dev/v1": _kinds(("services/status", "Service"), ("services", "Service")),
        "/apis/sources.knative.dev/v1": _kinds(("kafkasources", "KafkaSource")),
        FEATURES: {"data": {"_example": "...", "kubernetes.podspec-tolerations": "Enabled"}},
        namespace: {"metadata": {"name": NAMESPACE}},
        SECRET: {"data": {"DATABASE_URL": "Z2VoZWlt"}},
        LISTED: {"items": [resource("intake"), resource("tesseract")]},
        sources: {"items": [resource("intake")]},
    }


def asking(answers: dict[str, Any]) -> Ask:
    """Ask these answers; one that is an exception is raised."""

    def ask(path: str) -> dict[str, Any] | None:
        answer: Any = answers.get(path)
        if isinstance(answer, Exception):
            raise answer
        return answer if answer is None else dict(answer)

    return ask


def _kinds(*plurals_and_kinds: tuple[str, str]) -> dict[str, Iterable[dict[str, str]]]:
    return {"resources": [{"name": plural, "kind": kind} for plural, kind in plurals_and_kinds]}
