"""Which topics somebody has to make on a cluster."""

from pathlib import Path

from local.manifests.loading import load
from local.twin.sources.topics import undeclared

MANIFESTS = """
apiVersion: sources.knative.dev/v1
kind: KafkaSource
metadata: {name: pages}
spec:
  topics: [pages, uploads]
  bootstrapServers: [kafka:9092]
  consumerGroup: pages
  sink: {uri: 'http://x/'}
---
apiVersion: eventing.knative.dev/v1alpha1
kind: KafkaSink
metadata: {name: dead}
spec: {topic: letters, bootstrapServers: [kafka:9092]}
---
apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata: {name: the-pages}
spec: {topicName: pages}
"""


def test_topics_of_sources_and_sinks_that_no_kafkatopic_declares_are_named(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(MANIFESTS)
    assert undeclared(load([tmp_path])) == ["letters", "uploads"]
