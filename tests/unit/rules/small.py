"""A function with a source, a topic and a user, as small as they may be; tests change a word of it."""

from pathlib import Path

from local.manifests.loading import Manifests, read

SMALL = """
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


def small(text: str = "", instead: str = "", timeout: str = "timeoutSeconds: 330") -> Manifests:
    """With `instead` for `text`, which must be there."""
    assert text in SMALL
    changed = SMALL.replace("timeoutSeconds: 330", timeout).replace(text, instead, 1)
    placed, problems = read([(Path("small.yaml"), changed.encode())])
    assert problems == []
    return Manifests(tuple(placed))
