"""Our models of Strimzi's kinds reject what its CRDs reject. PAGEBUS_CRDS names a folder with these CRDs."""

import os

import pytest
import yaml

from local.rules.main import check_manifests
from local.rules.registry import RULES

USER = """
apiVersion: kafka.strimzi.io/v1
kind: KafkaUser
metadata: {name: one, labels: {strimzi.io/cluster: pagebus}}
spec:
  authentication: {type: scram-sha-512, password: {valueFrom: {secretKeyRef: {name: a, key: b}}}}
  authorization:
    type: simple
    acls: [{resource: {type: topic, name: pagebus.results, patternType: literal}, operations: [Write]}]
  quotas: {producerByteRate: 1}
"""
TOPIC = """
apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata: {name: one, labels: {strimzi.io/cluster: pagebus}}
spec: {topicName: one, partitions: 1, replicas: 1, config: {retention.ms: 1}}
"""
#: A document, a text in it, its replacement, and whether Strimzi accepts the result.
CASES = [
    (USER, "", "", True),
    (USER, "type: scram-sha-512", "type: password", False),
    (USER, "type: simple", "type: complex", False),
    (USER, "patternType: literal", "patternType: glob", False),
    (USER, "[Write]", "[Produce]", False),
    (USER, "[Write]", "Write", False),
    (USER, "type: topic", "type: queue", False),
    (USER, "producerByteRate: 1", "producerByteRate: -1", False),
    (USER, "producerByteRate", "producerRate", False),
    (USER, "operations", "operation", False),
    (TOPIC, "", "", True),
    (TOPIC, "partitions: 1", "partitions: 0", False),
    (TOPIC, "partitions: 1", "partitions: '1'", False),
    (TOPIC, "replicas: 1", "replication: 1", False),
    (TOPIC, "topicName: one", "topicName: 1", False),
]


def list_failed_checkers(text: str) -> set[str]:
    return {problem.checker for problem in check_manifests("strimzi", text.encode(), RULES)} & {"shape", "knative"}


@pytest.mark.parametrize(("document", "text", "replacement", "is_valid"), CASES)
def test_models_agree_with_strimzi(document: str, text: str, replacement: str, is_valid: bool) -> None:  # noqa: FBT001  # a table of cases
    assert ("shape" not in list_failed_checkers(document.replace(text, replacement, 1))) == is_valid


if "PAGEBUS_CRDS" in os.environ:

    @pytest.mark.parametrize(("document", "text", "replacement", "is_valid"), CASES)
    def test_crds_of_strimzi_give_the_same_result(document: str, text: str, replacement: str, is_valid: bool) -> None:  # noqa: FBT001  # a table of cases
        changed = document.replace(text, replacement, 1)
        assert yaml.safe_load(changed)
        assert ("knative" not in list_failed_checkers(changed)) == is_valid
