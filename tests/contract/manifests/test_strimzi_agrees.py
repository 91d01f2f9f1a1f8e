"""Our models of Strimzi's kinds refuse what its CRDs refuse. PAGEBUS_CRDS names a folder of these."""

import os

import pytest
import yaml

from local.rules.all import RULES
from local.rules.main import judge

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
#: Documents, a text, what stands instead of it, and whether Strimzi takes that.
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


def judges(text: str) -> set[str]:
    return {found.judge for found in judge("strimzi", text.encode(), RULES)} & {"shape", "knative"}


@pytest.mark.parametrize(("document", "text", "instead", "good"), CASES)
def test_our_models_know_strimzi_s_shapes(document: str, text: str, instead: str, good: bool) -> None:  # noqa: FBT001  # a table
    assert ("shape" not in judges(document.replace(text, instead, 1))) == good


if "PAGEBUS_CRDS" in os.environ:

    @pytest.mark.parametrize(("document", "text", "instead", "good"), CASES)
    def test_strimzi_s_own_schemas_say_the_same(document: str, text: str, instead: str, good: bool) -> None:  # noqa: FBT001  # a table
        changed = document.replace(text, instead, 1)
        assert yaml.safe_load(changed)
        assert ("knative" not in judges(changed)) == good
