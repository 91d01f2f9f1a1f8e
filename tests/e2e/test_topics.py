"""Topics on a broker that keeps what it is told about them."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType  # type: ignore[attr-defined]  # no __all__

from events.topics import pages_topic
from local.cli.request import PRODUCT
from tests.kit import Running


def _manifests() -> dict[str, Mapping[str, Any]]:
    """What the product's KafkaTopics ask for, by topic."""
    files = [file for folder in PRODUCT for file in folder.rglob("*.yaml")]
    documents = [document for file in files for document in yaml.safe_load_all(file.read_text()) if document]
    topics = [document for document in documents if document["kind"] == "KafkaTopic"]
    return {topic["spec"].get("topicName", topic["metadata"]["name"]): topic["spec"] for topic in topics}


def _configs(admin: AdminClient, topics: Mapping[str, object]) -> dict[str, dict[str, str]]:
    asked = admin.describe_configs([ConfigResource(ResourceType.TOPIC, name) for name in topics], request_timeout=30)
    return {
        resource.name: {name: entry.value for name, entry in answer.result().items()}
        for resource, answer in asked.items()
    }


def _of_engines_that_run_here(topics: dict[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Engines that want weights are left out with their topics where there are none."""
    left_out = tuple(pages_topic(engine, bulk=False) for engine in ("gotocr", "deepseek", "surya"))
    return {name: spec for name, spec in topics.items() if not name.startswith(left_out)}


@pytest.mark.parametrize("bus", ["real"], indirect=True)
def test_a_topic_is_as_its_manifest_says_as_far_as_one_broker_can(bus: Running) -> None:
    wanted = _of_engines_that_run_here(_manifests())
    admin = AdminClient({"bootstrap.servers": bus.environment["KAFKA_BOOTSTRAP_SERVERS"]})
    there = admin.list_topics(timeout=30).topics
    configs = _configs(admin, wanted)
    assert "pagebus.uploads" in wanted
    for name, spec in wanted.items():
        assert len(there[name].partitions) == spec["partitions"]
        of_one_broker = {"min.insync.replicas": "1"}
        for key, value in (spec["config"] | of_one_broker).items():
            assert configs[name][key] == value, f"{name} {key}"
