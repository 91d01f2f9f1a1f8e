"""A manifest that would fail or have no effect on a cluster is rejected, with a message that helps."""

import copy
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.rules.kustomize import REPOSITORY, build_manifests
from local.rules.main import check_manifests
from local.rules.problem import Problem
from local.rules.registry import OVERLAY_RULES, RULES

FieldPath = tuple[str | int, ...]

SPEC = ("spec", "template", "spec")
CONTAINER = (*SPEC, "containers", 0)
ANNOTATIONS = ("spec", "template", "metadata", "annotations")
DELIVERY = ("spec", "delivery")
SCALING = "autoscaling.knative.dev/"
REMOVED = object()
NET = {"sasl": {"enable": True, "user": {"secretKeyRef": {"name": "kafka", "key": "user"}}}}
NAME = "bad"


@dataclass(frozen=True)
class Bad:
    """A change of one manifest, the checker that must find it, and a part of the message."""

    kind: str
    name: str
    path: FieldPath
    value: object
    checker: str
    message: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {'.'.join(map(str, self.path))} {'removed' if self.value is REMOVED else ''}"


def change_service(path: FieldPath, value: object, checker: str, message: str) -> Bad:
    return Bad("Service", "tesseract", path, value, checker, message)


def change_source(path: FieldPath, value: object, checker: str, message: str) -> Bad:
    return Bad("KafkaSource", "tesseract", path, value, checker, message)


def change_user(path: FieldPath, value: object, message: str) -> Bad:
    return Bad("KafkaUser", "pagebus-tesseract", ("spec", "authorization", "acls", *path), value, "rules", message)


BAD = [
    # Knative rejects these itself.
    change_service((*SPEC, "timeoutSeconds"), 601, "knative", "expected 0 <= 601 <= 600"),
    change_service((*SPEC, "timeoutSeconds"), 601, "shape", "less than or equal to 600"),
    change_service((*SPEC, "containerConcurrency"), 1001, "knative", "expected 0 <= 1001 <= 1000"),
    change_service((*SPEC, "containerConcurency"), 2, "knative", "containerConcurency: unknown field"),
    change_service((*CONTAINER, "ports"), [{"containerPort": 8080}, {"containerPort": 9}], "knative", "more than one"),
    change_service(
        (*CONTAINER, "env", 0), {"name": "PORT", "value": "1"}, "knative", '"PORT" is a reserved environment variable'
    ),
    change_service(
        (*CONTAINER, "env", 0), {"name": "PORT", "value": "1"}, "shape", "PORT is set by Knative; remove it"
    ),
    change_service(
        (*CONTAINER, "securityContext", "privileged"),
        value=True,
        checker="knative",
        message="must not set the field(s)",
    ),
    change_service(
        (*CONTAINER, "resources", "limits", "memory"), "2Gb", "knative", "limits.memory in body should match"
    ),
    change_service(
        (*CONTAINER, "resources", "limits", "memory"), "2Gb", "shape", "'2Gb' is no quantity; write it like"
    ),
    change_service((*ANNOTATIONS, SCALING + "window"), "5s", "knative", "expected 6s <= 5s <= 1h0m0s"),
    change_service((*ANNOTATIONS, SCALING + "min-scale"), "3", "knative", "max-scale=2 is less than min-scale=3"),
    change_service((*ANNOTATIONS, SCALING + "min-scale"), "3", "shape", "max-scale is below another scale; raise it"),
    change_service(
        (*SPEC, "runtimeClassName"),
        "nvidia",
        "knative",
        "must not set the field(s): spec.template.spec.runtimeClassName",
    ),
    change_source(("spec", "filters"), [{"exact": {"type": "x"}}], "knative", "spec.filters: unknown field"),
    change_source(
        ("spec", "filters"), [{"exact": {"type": "x"}}], "shape", "a KafkaSource delivers all events of its topics"
    ),
    change_source(("spec", "ordering"), "sorted", "knative", "invalid value: sorted"),
    change_source(
        (*DELIVERY, "backoffDelay"), "2 seconds", "shape", "'2 seconds' is no ISO 8601 duration; write it like PT2S"
    ),
    Bad("KafkaSink", "dead-letters", ("spec", "contentMode"), "mixed", "knative", "contentMode"),
    Bad("PingSource", "reconciler", ("spec", "schedule"), "every minute", "knative", "spec.schedule"),
    Bad("NetworkPolicy", "functions-deny", ("spec", "podSelektor"), {}, "knative", 'unknown field "spec.podSelektor"'),
    # Knative ignores these without a message, or they fail later.
    change_source((*DELIVERY, "backoffDelay"), "500ms", "shape", "'500ms' is no ISO 8601 duration; write it like PT2S"),
    change_source((*DELIVERY, "retryAfterMax"), "PT5S", "rules", "Knative never makes the source ready"),
    change_source(("spec", "consumers"), -1, "shape", "greater than or equal to 1"),
    change_service(
        (*ANNOTATIONS, SCALING + "maxscale"), "2", "shape", "autoscaling.knative.dev/maxscale: the twin does not know"
    ),
    change_service(("metadata", "annotations"), {SCALING + "max-scale": "2"}, "shape", "Knative ignores this key here"),
    change_source(
        ("metadata", "labels", "kafkasources.sources.knative.dev/keytype"), "int", "shape", "ignores this key here"
    ),
    change_service(("spec", "traffic"), [{"revisionName": "tesseract-1", "percent": 100}], "shape", "spec.traffic.0"),
    # Our own rules reject these.
    change_source((*DELIVERY, "deadLetterSink"), REMOVED, "rules", "spec.delivery.deadLetterSink: is not set"),
    change_source((*DELIVERY, "timeout"), REMOVED, "rules", "spec.delivery.timeout: is not set"),
    change_source(DELIVERY, REMOVED, "rules", "spec.delivery.retry: is not set"),
    change_source((*DELIVERY, "timeout"), "PT11M", "rules", "is 660 s, above Knative Serving's limit of 600 s; lower"),
    change_source((*DELIVERY, "timeout"), "PT2M", "rules", "is 120 s, below the 330 s of its Service"),
    change_source((*DELIVERY, "retry"), 3, "rules", "ends after 28 s of pauses"),
    change_source(("spec", "initialOffset"), REMOVED, "rules", "spec.initialOffset: events before the first consumer"),
    change_source(
        ("spec", "consumers"), 3, "rules", "spec.consumers: is 3 where the topics have 4 partitions; write 4"
    ),
    change_source(
        ("spec", "consumerGroup"), "pagebus-intake", "rules", "spec.consumerGroup: another source has the same"
    ),
    change_source(
        ("spec", "topics"), ["pagebus.pages.teseract"], "rules", "there is no KafkaTopic pagebus.pages.teseract"
    ),
    change_source(
        ("spec", "topics"), ["pagebus.outcomes"], "rules", "pagebus.outcomes carries io.pagebus.page.failed.v1, which"
    ),
    change_source(
        ("spec", "sink", "ref", "name"), "teseract", "rules", "spec.sink.ref: there is no Service teseract; add it"
    ),
    Bad(
        "PingSource",
        "reconciler",
        ("spec", "sink", "ref", "name"),
        "intake",
        "rules",
        "functions/intake does not handle",
    ),
    change_service((*CONTAINER, "env", 1, "value"), "330", "rules", "is 330, not above DEADLINE_SECONDS 330"),
    change_service(
        (*ANNOTATIONS, SCALING + "max-scale"), "1", "rules", "3 x 150 s for 6 events in flight need 460; raise it"
    ),
    change_service(
        (*SPEC, "responseStartTimeoutSeconds"), REMOVED, "rules", "responseStartTimeoutSeconds: is unset; write 330"
    ),
    change_service(
        (*SPEC, "containerConcurrency"), 4, "rules", "CONCURRENCY: is 2 where containerConcurrency is 4; write 4"
    ),
    change_service(
        (*ANNOTATIONS, SCALING + "target-utilization-percentage"), REMOVED, "rules", "is 70, so 2 requests need two"
    ),
    change_service((*ANNOTATIONS, SCALING + "max-scale"), REMOVED, "rules", "max-scale: is unlimited"),
    change_service(
        ("metadata", "labels", "networking.knative.dev/visibility"),
        REMOVED,
        "rules",
        "clients outside the cluster may call this function",
    ),
    change_service(
        (*CONTAINER, "securityContext", "runAsNonRoot"), REMOVED, "rules", "container may run as root; write true"
    ),
    change_service(
        (*CONTAINER, "securityContext", "readOnlyRootFilesystem"),
        value=False,
        checker="rules",
        message="mount an emptyDir at /tmp",
    ),
    change_service((*CONTAINER, "securityContext", "capabilities", "add"), ["NET_RAW"], "rules", "not all are dropped"),
    change_service(
        (*SPEC, "automountServiceAccountToken"), REMOVED, "rules", "the pod gets a token of the API server; write false"
    ),
    change_service((*CONTAINER, "resources", "limits"), REMOVED, "rules", "resources.limits.memory: is unset"),
    change_service((*SPEC, "serviceAccountName"), "teseract", "rules", "there is no ServiceAccount teseract; add it"),
    change_source(("spec", "net"), NET, "rules", "there is no key user in a Secret kafka; add it or correct the name"),
    change_service(
        (*CONTAINER, "image"), "pagebus/tesseract:latest", "rules", "may be another image tomorrow; add a version"
    ),
    Bad("KafkaTopic", "pagebus.uploads", ("spec", "config", "min.insync.replicas"), "3", "rules", "write 2"),
    Bad("KafkaTopic", "pagebus.uploads", ("metadata", "labels"), REMOVED, "rules", "without strimzi.io/cluster"),
    change_user(
        (0, "resource", "name"), "pagebus.uploads", "may not Read topic pagebus.pages.tesseract; add this right"
    ),
    change_user((0, "resource", "patternType"), "prefix", "covers more than one name"),
    change_user(
        (0, "operations"),
        ["Read", "Delete"],
        "the user may Delete topic pagebus.pages.tesseract, which no source of it needs",
    ),
]


@cache
def build_documents() -> list[dict[str, Any]]:
    """Return the manifests of the base and the network policies."""
    parts = [build_manifests(REPOSITORY / "knative" / folder) for folder in ("base", "network")]
    return [document for part in parts for document in yaml.safe_load_all(part) if document]


def apply_change(bad: Bad) -> bytes:
    """Return the manifests with this change. A field that is removed must exist."""
    documents = copy.deepcopy(build_documents())
    (resource,) = [
        document for document in documents if (document["kind"], document["metadata"]["name"]) == (bad.kind, bad.name)
    ]
    *parents, last = bad.path
    parent: Any = resource
    for step in parents:
        parent = parent[step]
    if bad.value is REMOVED:
        del parent[last]
    else:
        parent[last] = bad.value
    # JSON is YAML, and faster to write.
    return "\n---\n".join(json.dumps(document, ensure_ascii=False) for document in documents).encode()


def find_problems(manifests: bytes) -> list[Problem]:
    return list(check_manifests(NAME, manifests, OVERLAY_RULES if b":latest" in manifests else RULES))


def test_unchanged_manifests_pass() -> None:
    assert build_documents()
    assert find_problems(yaml.safe_dump_all(build_documents()).encode()) == []


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_bad_manifest_is_rejected_with_message(bad: Bad) -> None:
    problems = find_problems(apply_change(bad))
    expected = [
        problem
        for problem in problems
        if (problem.checker, problem.resource) == (bad.checker, f"{bad.kind} {bad.name}")
    ]
    assert any(bad.message in problem.message for problem in expected), [str(problem) for problem in problems]


def test_duplicate_key_is_rejected() -> None:
    duplicate = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one, name: two}\n"
    assert any(
        "no YAML" in problem.message
        for problem in check_manifests(NAME, duplicate, RULES)
        if problem.checker == "knative"
    )


def test_unknown_kind_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "trigger.yaml").write_text("apiVersion: eventing.knative.dev/v1\nkind: Triger\nmetadata: {name: x}\n")
    (problem,) = [
        problem for problem in check_manifests(NAME, build_manifests(tmp_path), RULES) if problem.checker == "knative"
    ]
    assert problem.message == "there is no eventing.knative.dev/v1 Triger on a cluster with Knative"
