"""Manifests for a cluster are accepted; fields that Knative rejects or ignores are refused."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from local.manifests.loading import ManifestError, Manifests, load_manifests
from local.twin.checks import check_manifests, list_unenforced_fields

SERVICE = """
apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: echo
  labels: {networking.knative.dev/visibility: cluster-local}
  annotations: {serving.knative.dev/rollout-duration: 2m}
spec:
  traffic: [{latestRevision: true, percent: 100}]
  template:
    metadata:
      labels: {app.kubernetes.io/name: echo}
      annotations: {serving.knative.dev/progress-deadline: 20m}
    spec:
      nodeSelector: {nvidia.com/gpu.present: "true"}
      tolerations: [{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}]
      runtimeClassName: nvidia
      priorityClassName: pagebus-reading
      imagePullSecrets: [{name: registry}]
      securityContext: {fsGroup: 65532}
      containers:
        - image: registry.example/echo@sha256:0
          imagePullPolicy: IfNotPresent
          command: [python, -m, echo]
          resources: {requests: {cpu: 100m}, limits: {memory: 1.5Gi, nvidia.com/gpu: 1}}
          startupProbe: {httpGet: {path: /health/ready}, periodSeconds: 5, failureThreshold: 60}
          securityContext:
            runAsNonRoot: true
            runAsUser: 65532
            capabilities: {drop: [ALL]}
            seccompProfile: {type: RuntimeDefault}
          volumeMounts: [{name: tmp, mountPath: /tmp}]
      volumes:
        - name: tmp
          emptyDir: {sizeLimit: 4Gi}
        - name: models
          persistentVolumeClaim: {claimName: models, readOnly: true}
"""
SOURCE = """
apiVersion: sources.knative.dev/v1
kind: KafkaSource
metadata: {name: pages, labels: {kafkasources.sources.knative.dev/key-type: string}}
spec:
  topics: [pages]
  bootstrapServers: [kafka:9093]
  consumerGroup: pages
  ceOverrides: {extensions: {team: blue}}
  net:
    sasl:
      enable: true
      user: {secretKeyRef: {name: kafka, key: user}}
      password: {secretKeyRef: {name: kafka, key: password}}
      type: {secretKeyRef: {name: kafka, key: type}}
    tls:
      enable: true
      caCert: {secretKeyRef: {name: ca, key: ca.crt}}
      cert: {secretKeyRef: {name: kafka, key: user.crt}}
      key: {secretKeyRef: {name: kafka, key: user.key}}
  sink: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: echo}}
"""
SINK = """
apiVersion: eventing.knative.dev/v1alpha1
kind: KafkaSink
metadata: {name: letters}
spec: {topic: letters, bootstrapServers: [kafka:9093], contentMode: binary, auth: {secret: {ref: {name: sink}}}}
"""
IGNORED = [
    {"apiVersion": version, "kind": kind, "metadata": {"name": "any"}, "spec": {"whatever": 1}}
    for version, kind in (
        ("eventing.knative.dev/v1beta3", "EventType"),
        ("networking.k8s.io/v1", "NetworkPolicy"),
        ("policy/v1", "PodDisruptionBudget"),
        ("scheduling.k8s.io/v1", "PriorityClass"),
        ("v1", "Namespace"),
        ("v1", "PersistentVolumeClaim"),
        ("v1", "ServiceAccount"),
    )
]


def load_documents(folder: Path, *documents: str) -> Manifests:
    (folder / "all.yaml").write_text("---".join(documents))
    return load_manifests([folder])


def test_cluster_fields_are_parsed_and_listed_by_service(tmp_path: Path) -> None:
    manifests = load_documents(tmp_path, SERVICE, SOURCE, SINK)
    check_manifests(manifests)
    told = list_unenforced_fields(manifests)["echo"]
    assert {"node_selector", "tolerations", "runtime_class_name", "priority_class_name", "security_context"} <= {*told}


@pytest.mark.parametrize("resource", IGNORED, ids=lambda resource: resource["kind"])
def test_unsupported_kind_is_named(
    tmp_path: Path, resource: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(load_documents(tmp_path, yaml.safe_dump(resource)).located_resources) == 1
    said = capsys.readouterr().out
    assert "manifest.ignored" in said
    assert resource["kind"] in said


@pytest.mark.parametrize(
    ("text", "instead", "told"),
    [
        (
            "visibility: cluster-local",
            "visibility: private",
            "the only value is cluster-local; write that or remove it",
        ),
        ("rollout-duration: 2m", "rollout-duration: 2 minutes", "'2 minutes' is no duration"),
        ("rollout-duration", "rollout", "serving.knative.dev/rollout: Knative ignores this key here"),
        ("app.kubernetes.io/name", "networking.knative.dev/visibility", "is no label of a template"),
        ("percent: 100", "percent: 50", "spec.traffic.0.percent: Input should be 100"),
        ("latestRevision: true", "revisionName: echo-1", "spec.traffic.0.revisionName: the twin does not know"),
        ("operator: Exists,", "operator: Exists, value: x,", "Exists with a value; remove the value"),
        ("effect: NoSchedule", "effect: Never", "spec.template.spec.tolerations.0.effect: Input should be"),
        ("runAsNonRoot: true", "privileged: true", "securityContext.privileged: the twin does not know"),
        ("runAsNonRoot: true", "runAsNonRoot: 'yes'", "securityContext.runAsNonRoot: Input should be"),
        ("cpu: 100m", "cpu: 100mm", "'100mm' is no quantity; write it like 500m, 2, 512Mi or 1G"),
        ("sizeLimit: 4Gi", "sizeLimit: 4GiB", "'4GiB' is no quantity"),
        ("emptyDir: {sizeLimit: 4Gi}", "hostPath: {path: /}", "volumes.0.hostPath: the twin does not know"),
        ("emptyDir: {sizeLimit: 4Gi}", "items: 1", "the twin does not know this field"),
        ("secretKeyRef: {name: ca, key: ca.crt}", "value: x", "spec.net.tls.caCert.secretKeyRef: is missing; add it"),
        (
            "kafkasources.sources.knative.dev/key-type",
            "kafkasources.sources.knative.dev/keytype",
            "Knative ignores this key",
        ),
        (
            "{apiVersion: serving.knative.dev/v1, kind",
            "{apiVersion: v1, kind",
            "a Service is of serving.knative.dev/v1",
        ),
        ("contentMode: binary", "contentMode: mixed", "spec.contentMode: Input should be 'binary' or 'structured'"),
        ("  topics: [pages]", "  filters: []\n  topics: [pages]", "filters: a KafkaSource delivers all events"),
    ],
)
def test_manifest_that_knative_rejects_is_refused(tmp_path: Path, text: str, instead: str, told: str) -> None:
    whole = f"{SERVICE}---{SOURCE}---{SINK}"
    assert text in whole
    with pytest.raises(ManifestError) as refused:
        load_documents(tmp_path, whole.replace(text, instead, 1))
    assert any(told in problem for problem in refused.value.problems), refused.value.problems


def test_mount_that_the_twin_lacks_is_refused(tmp_path: Path) -> None:
    manifests = load_documents(
        tmp_path, f"{SERVICE}---{SOURCE}---{SINK}".replace("mountPath: /tmp", "mountPath: /models", 1)
    )
    with pytest.raises(ManifestError, match="the twin mounts nothing at /models"):
        check_manifests(manifests)
