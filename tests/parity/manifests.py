"""Builders of manifests for scenarios."""

from pathlib import Path
from typing import Any

from tests.parity.knative import Manifest
from tests.parity.recorder import Recorder

_FUNCTION = Path(__file__).with_name("recording.py").read_text(encoding="utf-8")


def build_source(
    name: str, bootstrap: str, sink: str | dict[str, Any], *, key_type: str | None = None, **spec: Any
) -> Manifest:
    """Return a KafkaSource of the topic with the same name; `sink` is a URL or a reference."""
    labels = {"kafkasources.sources.knative.dev/key-type": key_type} if key_type else {}
    return {
        "apiVersion": "sources.knative.dev/v1",
        "kind": "KafkaSource",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "topics": [name],
            "bootstrapServers": [bootstrap],
            "consumerGroup": name,
            "initialOffset": "earliest",
            "ordering": "ordered",
            "sink": build_destination(sink),
            **spec,
        },
    }


def build_delivery(dead_letters: str | dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return delivery settings with three retries and an initial backoff delay of 0.1 s."""
    found = {"retry": 3, "backoffPolicy": "exponential", "backoffDelay": "PT0.1S", "timeout": "PT3S", **more}
    return found | ({"deadLetterSink": build_destination(dead_letters)} if dead_letters else {})


def build_destination(sink: str | dict[str, Any]) -> dict[str, Any]:
    return {"uri": sink} if isinstance(sink, str) else {"ref": sink}


def build_reference(kind: str, name: str) -> dict[str, Any]:
    versions = {"Service": "serving.knative.dev/v1", "KafkaSink": "eventing.knative.dev/v1alpha1"}
    return {"apiVersion": versions[kind], "kind": kind, "name": name}


def build_sink(name: str, bootstrap: str, topic: str, **spec: Any) -> Manifest:
    return {
        "apiVersion": "eventing.knative.dev/v1alpha1",
        "kind": "KafkaSink",
        "metadata": {"name": name},
        "spec": {"topic": topic, "bootstrapServers": [bootstrap], **spec},
    }


def build_service(
    name: str, image: str, recorder: Recorder, annotations: dict[str, str] | None = None, **spec: Any
) -> Manifest:
    """Return a Service that reports its requests to `recorder`. `annotations` are those of autoscaling, unprefixed.

    `spec` has fields of the revision: containerConcurrency, timeoutSeconds and others.
    """
    container = {
        "image": image,
        "command": ["python3", "-c", _FUNCTION],
        "env": [{"name": "RECORDER", "value": recorder.url}],
        "readinessProbe": {"httpGet": {"path": "/"}},
    }
    scaling = {f"autoscaling.knative.dev/{key}": text for key, text in (annotations or {}).items()}
    template = {"metadata": {"annotations": scaling}, "spec": {"containers": [container], **spec}}
    return {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": name, "labels": {"networking.knative.dev/visibility": "cluster-local"}},
        "spec": {"template": template},
    }
