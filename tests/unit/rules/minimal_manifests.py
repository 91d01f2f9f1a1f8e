"""The smallest manifests of a function with a source, a topic and a user. Tests replace a text in them."""

from pathlib import Path

from local.manifests.loading import Manifests, parse_manifests

MANIFESTS = """
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: tesseract}
spec:
  template:
    metadata:
      annotations: {autoscaling.knative.dev/max-scale: "2"}
    spec:
      containerConcurrency: 2
      timeoutSeconds: 330
      containers:
        - image: pagebus/tesseract
          command: [python, -m, functions.tesseract.main]
          env:
            - {name: DEADLINE_SECONDS, value: "150"}
            - {name: KAFKA_SASL_USERNAME, value: reader}
---
apiVersion: sources.knative.dev/v1
kind: KafkaSource
metadata: {name: pages}
spec:
  topics: [pagebus.pages.tesseract]
  bootstrapServers: [kafka:9092]
  consumerGroup: pages
  ordering: ordered
  delivery: {retry: 6, backoffPolicy: exponential, backoffDelay: PT2S, timeout: PT6M}
  sink: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: tesseract}}
---
apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata: {name: pagebus.pages.tesseract}
spec: {partitions: 6, config: {retention.ms: 604800000}}
---
apiVersion: kafka.strimzi.io/v1
kind: KafkaUser
metadata: {name: reader}
spec:
  authentication: {type: scram-sha-512}
  authorization:
    type: simple
    acls:
      - {resource: {type: topic, name: pagebus.pages.tesseract}, operations: [Read, Describe]}
      - {resource: {type: group, name: pages}, operations: [Read, Delete]}
      - {resource: {type: topic, name: pagebus.outcomes}, operations: [Write]}
"""


def build_manifests(text: str = "", replacement: str = "", timeout: str = "timeoutSeconds: 330") -> Manifests:
    """Return the manifests with `replacement` for the first `text`, which must exist."""
    assert text in MANIFESTS
    changed = MANIFESTS.replace("timeoutSeconds: 330", timeout).replace(text, replacement, 1)
    located, problems = parse_manifests([(Path("manifests.yaml"), changed.encode())])
    assert problems == []
    return Manifests(tuple(located))
