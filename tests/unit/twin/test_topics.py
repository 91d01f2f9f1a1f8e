"""Topics that no KafkaTopic declares."""

from pathlib import Path

from local.manifests.loading import load_manifests
from local.twin.sources.topics import list_undeclared_topics

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


def test_undeclared_topics_of_sources_and_sinks_are_listed(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(MANIFESTS)
    assert list_undeclared_topics(load_manifests([tmp_path])) == ["letters", "uploads"]
