"""Expected state of a cluster, from the product's own files."""

from pathlib import Path

from local.cli.stack.up_options import PRODUCT_MANIFESTS
from local.doctor.cluster.expected import ResourceKind, load_expected_cluster

MANIFESTS = """
apiVersion: v1
kind: ConfigMap
metadata: {name: pagebus}
data: {AWS_REGION: eu}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: of-a-collector}
data: {config: x}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: everything}
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: echo}
"""


def test_settings_and_resources_are_those_of_the_manifests(tmp_path: Path) -> None:
    (tmp_path / "echo.yaml").write_text(MANIFESTS, encoding="utf-8")
    (tmp_path / "kustomization.yaml").write_text("kind: Kustomization", encoding="utf-8")

    expected = load_expected_cluster([tmp_path])

    assert expected.resources == {ResourceKind("serving.knative.dev/v1", "Service"): frozenset({"echo"})}
    assert {(values.kind, values.name): set(values.data) for values in expected.settings} == {
        ("ConfigMap", "pagebus"): {"AWS_REGION"},
        ("Secret", "pagebus"): {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "DATABASE_URL"},
    }


def test_product_has_components_configs_and_resources() -> None:
    expected = load_expected_cluster(PRODUCT_MANIFESTS)

    assert [component.name for component in expected.components if component.definition is None] == ["Kubernetes"]
    assert {config.namespace for config in expected.configs} == {"knative-serving", "knative-eventing"}
    assert {kind.name for kind in expected.resources} >= {"Service", "KafkaSource", "KafkaSink", "KafkaTopic"}
