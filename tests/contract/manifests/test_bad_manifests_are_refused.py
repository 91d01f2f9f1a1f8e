"""What would go wrong on a cluster, or quietly do nothing there, is refused by whoever knows, in words that help."""

import copy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.rules.all import DEPLOYED, RULES
from local.rules.built import REPOSITORY, content
from local.rules.main import judge
from local.rules.verdict import Verdict

Way = tuple[str | int, ...]

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
    """What is changed where, who must see it, and what must be said."""

    kind: str
    name: str
    path: Way
    value: object
    judge: str
    words: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {'.'.join(map(str, self.path))} {'removed' if self.value is REMOVED else ''}"


def service(path: Way, value: object, judge_: str, words: str) -> Bad:
    return Bad("Service", "tesseract", path, value, judge_, words)


def source(path: Way, value: object, judge_: str, words: str) -> Bad:
    return Bad("KafkaSource", "tesseract", path, value, judge_, words)


def user(path: Way, value: object, words: str) -> Bad:
    return Bad("KafkaUser", "pagebus-tesseract", ("spec", "authorization", "acls", *path), value, "rules", words)


BAD = [
    # What Knative refuses itself.
    service((*SPEC, "timeoutSeconds"), 601, "knative", "expected 0 <= 601 <= 600"),
    service((*SPEC, "timeoutSeconds"), 601, "shape", "less than or equal to 600"),
    service((*SPEC, "containerConcurrency"), 1001, "knative", "expected 0 <= 1001 <= 1000"),
    service((*SPEC, "containerConcurency"), 2, "knative", "containerConcurency: unknown field"),
    service((*CONTAINER, "ports"), [{"containerPort": 8080}, {"containerPort": 9}], "knative", "more than one"),
    service(
        (*CONTAINER, "env", 0), {"name": "PORT", "value": "1"}, "knative", '"PORT" is a reserved environment variable'
    ),
    service((*CONTAINER, "env", 0), {"name": "PORT", "value": "1"}, "shape", "PORT is set by Knative; remove it"),
    service(
        (*CONTAINER, "securityContext", "privileged"), value=True, judge_="knative", words="must not set the field(s)"
    ),
    service((*CONTAINER, "resources", "limits", "memory"), "2Gb", "knative", "limits.memory in body should match"),
    service((*CONTAINER, "resources", "limits", "memory"), "2Gb", "shape", "'2Gb' is no quantity; write it like"),
    service((*ANNOTATIONS, SCALING + "window"), "5s", "knative", "expected 6s <= 5s <= 1h0m0s"),
    service((*ANNOTATIONS, SCALING + "min-scale"), "3", "knative", "max-scale=2 is less than min-scale=3"),
    service((*ANNOTATIONS, SCALING + "min-scale"), "3", "shape", "max-scale is below another scale; raise it"),
    service(
        (*SPEC, "runtimeClassName"),
        "nvidia",
        "knative",
        "must not set the field(s): spec.template.spec.runtimeClassName",
    ),
    source(("spec", "filters"), [{"exact": {"type": "x"}}], "knative", "spec.filters: unknown field"),
    source(("spec", "filters"), [{"exact": {"type": "x"}}], "shape", "a KafkaSource delivers everything of its topics"),
    source(("spec", "ordering"), "sorted", "knative", "invalid value: sorted"),
    source(
        (*DELIVERY, "backoffDelay"), "2 seconds", "shape", "'2 seconds' is no ISO 8601 duration; write it like PT2S"
    ),
    Bad("KafkaSink", "dead-letters", ("spec", "contentMode"), "mixed", "knative", "contentMode"),
    Bad("PingSource", "reconciler", ("spec", "schedule"), "every minute", "knative", "spec.schedule"),
    Bad("NetworkPolicy", "functions-deny", ("spec", "podSelektor"), {}, "knative", 'unknown field "spec.podSelektor"'),
    # What Knative passes over in silence, or lets fail later.
    source((*DELIVERY, "backoffDelay"), "500ms", "shape", "'500ms' is no ISO 8601 duration; write it like PT2S"),
    source((*DELIVERY, "retryAfterMax"), "PT5S", "rules", "keep the source from ever being ready"),
    source(("spec", "consumers"), -1, "shape", "greater than or equal to 1"),
    service(
        (*ANNOTATIONS, SCALING + "maxscale"), "2", "shape", "autoscaling.knative.dev/maxscale: the twin does not know"
    ),
    service(("metadata", "annotations"), {SCALING + "max-scale": "2"}, "shape", "Knative knows no such thing here"),
    source(
        ("metadata", "labels", "kafkasources.sources.knative.dev/keytype"), "int", "shape", "knows no such thing here"
    ),
    service(("spec", "traffic"), [{"revisionName": "tesseract-1", "percent": 100}], "shape", "spec.traffic.0"),
    # Our own rules.
    source((*DELIVERY, "deadLetterSink"), REMOVED, "rules", "spec.delivery.deadLetterSink: is left to Knative"),
    source((*DELIVERY, "timeout"), REMOVED, "rules", "spec.delivery.timeout: is left to Knative"),
    source(DELIVERY, REMOVED, "rules", "spec.delivery.retry: is left to Knative"),
    source((*DELIVERY, "timeout"), "PT11M", "rules", "660 s are more than Serving's 600; lower it"),
    source((*DELIVERY, "timeout"), "PT2M", "rules", "120 s end before its Service's 330 s"),
    source((*DELIVERY, "retry"), 3, "rules", "gives up after 28 s of pauses"),
    source(("spec", "initialOffset"), REMOVED, "rules", "spec.initialOffset: events from before its first consumer"),
    source(("spec", "consumers"), 3, "rules", "spec.consumers: is 3 where its topics have 4 partitions; write 4"),
    source(("spec", "consumerGroup"), "pagebus-intake", "rules", "spec.consumerGroup: another source has the same"),
    source(("spec", "topics"), ["pagebus.pages.teseract"], "rules", "there is no KafkaTopic pagebus.pages.teseract"),
    source(
        ("spec", "topics"), ["pagebus.outcomes"], "rules", "pagebus.outcomes carries io.pagebus.page.failed.v1, which"
    ),
    source(("spec", "sink", "ref", "name"), "teseract", "rules", "spec.sink.ref: there is no Service teseract; add it"),
    Bad(
        "PingSource", "reconciler", ("spec", "sink", "ref", "name"), "intake", "rules", "functions/intake does not take"
    ),
    service((*CONTAINER, "env", 1, "value"), "330", "rules", "is 330, not above DEADLINE_SECONDS 330"),
    service((*ANNOTATIONS, SCALING + "max-scale"), "1", "rules", "3 x 150 s for 6 events in flight want 460; raise it"),
    service(
        (*SPEC, "responseStartTimeoutSeconds"), REMOVED, "rules", "responseStartTimeoutSeconds: is unset; write 330"
    ),
    service((*SPEC, "containerConcurrency"), 4, "rules", "CONCURRENCY: is 2 where containerConcurrency is 4; write 4"),
    service(
        (*ANNOTATIONS, SCALING + "target-utilization-percentage"), REMOVED, "rules", "is 70, so 2 requests want two"
    ),
    service((*ANNOTATIONS, SCALING + "max-scale"), REMOVED, "rules", "max-scale: is unlimited"),
    service(("metadata", "labels", "networking.knative.dev/visibility"), REMOVED, "rules", "the world may call it"),
    service((*CONTAINER, "securityContext", "runAsNonRoot"), REMOVED, "rules", "it may run as root; write true"),
    service(
        (*CONTAINER, "securityContext", "readOnlyRootFilesystem"),
        value=False,
        judge_="rules",
        words="mount an emptyDir at /tmp",
    ),
    service((*CONTAINER, "securityContext", "capabilities", "add"), ["NET_RAW"], "rules", "some are kept"),
    service(
        (*SPEC, "automountServiceAccountToken"), REMOVED, "rules", "it gets a token of the API server; write false"
    ),
    service((*CONTAINER, "resources", "limits"), REMOVED, "rules", "resources.limits.memory: is unset"),
    service((*SPEC, "serviceAccountName"), "teseract", "rules", "there is no ServiceAccount teseract; add it"),
    source(("spec", "net"), NET, "rules", "there is no key user in a Secret kafka; add it or correct the name"),
    service((*CONTAINER, "image"), "pagebus/tesseract:latest", "rules", "may be another tomorrow; give a version"),
    Bad("KafkaTopic", "pagebus.uploads", ("spec", "config", "min.insync.replicas"), "3", "rules", "write 2"),
    Bad("KafkaTopic", "pagebus.uploads", ("metadata", "labels"), REMOVED, "rules", "without strimzi.io/cluster"),
    user((0, "resource", "name"), "pagebus.uploads", "it may not Read topic pagebus.pages.tesseract; add that"),
    user((0, "resource", "patternType"), "prefix", "says more than one name"),
    user(
        (0, "operations"),
        ["Read", "Delete"],
        "it may Delete topic pagebus.pages.tesseract, and has no source that does",
    ),
]


@cache
def documents() -> list[dict[str, Any]]:
    """All of the base, and the policies around it."""
    parts = [content(REPOSITORY / "knative" / folder) for folder in ("base", "network")]
    return [document for part in parts for document in yaml.safe_load_all(part) if document]


def changed(bad: Bad) -> bytes:
    """The manifests with this one thing changed; it must have been there to be removed."""
    all_ = copy.deepcopy(documents())
    (resource,) = [one for one in all_ if (one["kind"], one["metadata"]["name"]) == (bad.kind, bad.name)]
    *way, last = bad.path
    place: Any = resource
    for step in way:
        place = place[step]
    if bad.value is REMOVED:
        del place[last]
    else:
        place[last] = bad.value
    return yaml.safe_dump_all(all_).encode()


def verdicts(manifests: bytes) -> list[Verdict]:
    return list(judge(NAME, manifests, DEPLOYED if b":latest" in manifests else RULES))


def test_unchanged_they_pass() -> None:
    assert verdicts(yaml.safe_dump_all(documents()).encode()) == []


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_a_bad_manifest_is_refused_by_who_knows(bad: Bad) -> None:
    told = verdicts(changed(bad))
    by_the_right_one = [
        found for found in told if (found.judge, found.resource) == (bad.judge, f"{bad.kind} {bad.name}")
    ]
    assert any(bad.words in found.problem for found in by_the_right_one), [str(found) for found in told]


def test_a_key_that_stands_twice_is_refused() -> None:
    twice = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one, name: two}\n"
    assert any("no YAML" in found.problem for found in judge(NAME, twice, RULES) if found.judge == "knative")


def test_a_kind_that_a_cluster_does_not_know_is_refused(tmp_path: Path) -> None:
    (tmp_path / "trigger.yaml").write_text("apiVersion: eventing.knative.dev/v1\nkind: Triger\nmetadata: {name: x}\n")
    (told,) = [found for found in judge(NAME, content(tmp_path), RULES) if found.judge == "knative"]
    assert told.problem == "there is no eventing.knative.dev/v1 Triger on a cluster with Knative"
