"""Errors in manifests: their location, cause and remedy."""

from pathlib import Path

import pytest

from local.manifests.eventing import KafkaSource
from local.manifests.loading import ManifestError, Manifests, load_manifests
from local.manifests.serving import Service
from local.twin.checks import check_manifests, list_unenforced_fields

SERVICE = """
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: echo}
spec:
  template:
    metadata:
      annotations:
        autoscaling.knative.dev/max-scale: "3"
        autoscaling.knative.dev/window: 1m30s
        example.org/ours: anything
    spec:
      containerConcurrency: 1
      containers:
        - image: registry.example/echo
          command: [python, -m, echo]
          env: [{name: A, value: b}]
          envFrom: [{configMapRef: {name: pagebus}}]
"""
SOURCE = """
apiVersion: sources.knative.dev/v1
kind: KafkaSource
metadata: {name: pages}
spec:
  topics: [pages]
  bootstrapServers: [kafka:9092]
  consumerGroup: pages
  initialOffset: earliest
  delivery: {retry: 3, backoffPolicy: exponential, backoffDelay: PT0.5S, timeout: PT1M30S}
  sink: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: echo}}
"""


def read(folder: Path, *documents: str) -> Manifests:
    (folder / "all.yaml").write_text("---".join(documents))
    manifests = load_manifests([folder])
    check_manifests(manifests)
    return manifests


def load_problems(folder: Path, *documents: str) -> tuple[str, ...]:
    with pytest.raises(ManifestError) as refused:
        read(folder, *documents)
    return refused.value.problems


def test_service_and_source_are_parsed(tmp_path: Path) -> None:
    manifests = read(tmp_path, SERVICE, SOURCE)
    service, source = manifests.select(Service)[0], manifests.select(KafkaSource)[0]
    assert (service.scaling.max_scale, service.scaling.window, service.revision.container_concurrency) == (3, 90.0, 1)
    assert (source.spec.delivery.backoff_delay, source.spec.delivery.timeout) == (0.5, 90.0)


@pytest.mark.parametrize(
    ("text", "instead", "told"),
    [
        ("containerConcurrency: 1", "concurrency: 1", "spec.template.spec.concurrency: the twin does not know"),
        ("max-scale", "panic-windows", "panic-windows: the twin does not know"),
        ("1m30s", "3s", "window: Input should be greater than or equal to 6; change it"),
        ("1m30s", "soon", "'soon' is no duration; write it like 90s or 1m30s"),
        ("{name: A, value: b}", "{name: PORT, value: '1'}", "PORT is set by Knative; remove it"),
        ("command: [python, -m, echo]", "args: [x]", "the twin pulls no images; give the container a command"),
        ("[python, -m, echo]", "[no-such-program]", "there is no program no-such-program"),
        ("configMapRef: {name: pagebus}", "configMapRef: {name: other}", "there is no ConfigMap other; add it"),
        ("value: b", "valueFrom: {secretKeyRef: {name: s, key: k}}", "there is no key k in a Secret s; add it"),
        ("image: registry", "readinessProbe: {httpGet: {port: 9}}\n          image: registry", "remove it"),
        ("kind: Service", "kind: Deployment", "kind: the twin supports only"),
        ("serving.knative.dev/v1", "serving.knative.dev/v1alpha1", "apiVersion: Input should be"),
    ],
)
def test_invalid_service_field_is_refused(tmp_path: Path, text: str, instead: str, told: str) -> None:
    (problem,) = load_problems(tmp_path, SERVICE.replace(text, instead, 1))
    assert problem.startswith(f"{tmp_path / 'all.yaml'}: ")
    assert told in problem


@pytest.mark.parametrize(
    ("text", "instead", "told"),
    [
        ("name: echo}}", "name: ehco}}", "spec.sink.ref: there is no Service ehco"),
        ("retry: 3, backoffPolicy: exponential", "retry: 3", "retry without backoffPolicy and backoffDelay; set both"),
        ("PT0.5S", "0.5s", "'0.5s' is no ISO 8601 duration"),
        ("initialOffset: earliest", "ordering: sorted", "spec.ordering: Input should be 'ordered' or 'unordered'"),
        ("ref: {", "uri: 'http://x', ref: {", "give exactly one of ref and uri"),
    ],
)
def test_invalid_source_field_is_refused(tmp_path: Path, text: str, instead: str, told: str) -> None:
    (problem,) = load_problems(tmp_path, SERVICE, SOURCE.replace(text, instead, 1))
    assert "all.yaml: KafkaSource pages: " in problem
    assert told in problem


@pytest.mark.parametrize(
    ("text", "instead", "why"),
    [
        ("timeout: PT1M30S", "retryAfterMax: PT1S", "must not set the field(s): spec.template.delivery.retryAfterMax"),
        (
            "name: pages",
            "name: pages, labels: {kafkasources.sources.knative.dev/key-type: bogus}",
            "invalid value: bogus",
        ),
    ],
)
def test_source_that_knative_never_runs_has_a_reason(tmp_path: Path, text: str, instead: str, why: str) -> None:
    (source,) = read(tmp_path, SERVICE, SOURCE.replace(text, instead, 1)).select(KafkaSource)
    assert why in (source.not_ready_reason or "")


def test_valid_source_becomes_ready(tmp_path: Path) -> None:
    (source,) = read(tmp_path, SERVICE, SOURCE).select(KafkaSource)
    assert source.not_ready_reason is None


def test_problems_of_all_files_are_reported_together(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SERVICE.replace("containerConcurrency", "concurrency"))
    (tmp_path / "b.yaml").write_text(SOURCE.replace("topics", "topic"))
    with pytest.raises(ManifestError) as refused:
        load_manifests([tmp_path])
    assert {problem.split(": ")[0] for problem in refused.value.problems} == {
        str(tmp_path / "a.yaml"),
        str(tmp_path / "b.yaml"),
    }


def test_shared_consumer_group_is_refused(tmp_path: Path) -> None:
    told = load_problems(tmp_path, SERVICE, SOURCE, SOURCE.replace("name: pages", "name: other"))
    assert all("spec.consumerGroup: another source has the same" in problem for problem in told)


def test_duplicate_name_is_refused(tmp_path: Path) -> None:
    assert all("is used more than once" in problem for problem in load_problems(tmp_path, SERVICE, SERVICE))


def test_kustomization_file_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [all.yaml]")
    assert len(read(tmp_path, SERVICE).located_resources) == 1


def test_fields_only_for_clusters_are_accepted(tmp_path: Path) -> None:
    policy = "\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\nspec: {podSelector: {}}\n"
    assert len(read(tmp_path, SERVICE, policy).located_resources) == 2


def test_unenforced_fields_are_listed_by_service(tmp_path: Path) -> None:
    limited = SERVICE.replace("name: echo", "name: limited").replace(
        "- image", "- securityContext: {}\n          image"
    )
    assert list_unenforced_fields(read(tmp_path, SERVICE, limited)) == {"limited": ["security_context"]}


def test_folder_without_manifests_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="no manifests"):
        load_manifests([tmp_path])
