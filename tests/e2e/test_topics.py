"""Test of the topics and their settings on a real broker."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType  # type: ignore[attr-defined]  # no __all__

from events.topics import get_pages_topic
from local.cli.stack.up_options import PRODUCT_MANIFESTS
from tests.kit import PagebusStack


def _load_topic_manifests() -> dict[str, Mapping[str, Any]]:
    """Return the specifications of the product's KafkaTopics, by topic."""
    files = [file for folder in PRODUCT_MANIFESTS for file in folder.rglob("*.yaml")]
    documents = [document for file in files for document in yaml.safe_load_all(file.read_text()) if document]
    topics = [document for document in documents if document["kind"] == "KafkaTopic"]
    return {topic["spec"].get("topicName", topic["metadata"]["name"]): topic["spec"] for topic in topics}


def _describe_configs(admin: AdminClient, topics: Mapping[str, object]) -> dict[str, dict[str, str]]:
    futures = admin.describe_configs([ConfigResource(ResourceType.TOPIC, name) for name in topics], request_timeout=30)
    return {
        resource.name: {name: entry.value for name, entry in future.result().items()}
        for resource, future in futures.items()
    }


def _exclude_model_engines(topics: dict[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the topics without those of engines that need model weights, because these are not deployed here."""
    excluded = tuple(get_pages_topic(engine, bulk=False) for engine in ("gotocr", "deepseek", "surya"))
    return {name: spec for name, spec in topics.items() if not name.startswith(excluded)}


@pytest.mark.parametrize("bus", ["real"], indirect=True)
def test_topics_match_their_manifests(bus: PagebusStack) -> None:
    expected = _exclude_model_engines(_load_topic_manifests())
    admin = AdminClient({"bootstrap.servers": bus.environment["KAFKA_BOOTSTRAP_SERVERS"]})
    topics = admin.list_topics(timeout=30).topics
    configs = _describe_configs(admin, expected)
    assert "pagebus.uploads" in expected
    for name, spec in expected.items():
        assert len(topics[name].partitions) == spec["partitions"]
        one_broker_values = {"min.insync.replicas": "1"}
        for key, value in (spec["config"] | one_broker_values).items():
            assert configs[name][key] == value, f"{name} {key}"
