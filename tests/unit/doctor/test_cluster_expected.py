"""What a cluster should have is read from the product's own files."""

from pathlib import Path

from local.cli.request import PRODUCT
from local.doctor.cluster.expected import Kind, read

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


def test_settings_kinds_and_names_are_those_of_the_manifests(tmp_path: Path) -> None:
    (tmp_path / "echo.yaml").write_text(MANIFESTS, encoding="utf-8")
    (tmp_path / "kustomization.yaml").write_text("kind: Kustomization", encoding="utf-8")

    wanted = read([tmp_path])

    assert wanted.resources == {Kind("serving.knative.dev/v1", "Service"): frozenset({"echo"})}
    assert {(one.kind, one.name): set(one.data) for one in wanted.settings} == {
        ("ConfigMap", "pagebus"): {"AWS_REGION"},
        ("Secret", "pagebus"): {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "DATABASE_URL"},
    }


def test_of_the_product_every_part_has_a_version_and_every_config_map_a_namespace() -> None:
    wanted = read(PRODUCT)

    assert [one.name for one in wanted.components if one.definition is None] == ["Kubernetes"]
    assert {one.namespace for one in wanted.configs} == {"knative-serving", "knative-eventing"}
    assert {kind.name for kind in wanted.resources} >= {"Service", "KafkaSource", "KafkaSink", "KafkaTopic"}
