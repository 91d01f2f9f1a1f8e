"""Each KafkaUser has exactly the rights that its function needs."""

from collections import defaultdict

import pytest

from events import topics
from tests.contract.manifests.builds import (
    Manifest,
    build_product,
    count_partitions,
    select,
    select_services,
    select_sources,
)

USERS = select(build_product(), "KafkaUser")
SINK = "pagebus-dead-letter-sink"
every_user = pytest.mark.parametrize("user", sorted(USERS))


def list_acls(user: str) -> list[Manifest]:
    return list(USERS[user]["spec"]["authorization"]["acls"])


def list_rights(user: str, kind: str, operation: str) -> set[str]:
    rules = (rule for rule in list_acls(user) if rule["resource"]["type"] == kind and operation in rule["operations"])
    return {rule["resource"]["name"] for rule in rules}


def map_writers() -> dict[str, set[str]]:
    users = defaultdict(set)
    for user in USERS:
        for topic in list_rights(user, "topic", "Write"):
            users[topic].add(user)
    return users


def map_page_topics() -> dict[str, str]:
    """Return the engine that reads each page topic."""
    lanes = {
        engine: (topics.get_pages_topic(engine, bulk=False), topics.get_pages_topic(engine, bulk=True))
        for engine, service in select_services(build_product()).items()
        if service["metadata"]["labels"].get("pagebus.io/role") == "engine"
    }
    return {topic: engine for engine, both in lanes.items() for topic in both}


def test_every_function_and_the_sink_have_users() -> None:
    assert USERS.keys() == {*(f"pagebus-{name}" for name in select_services(build_product())), SINK}


@every_user
def test_rights_name_single_resources(user: str) -> None:
    for rule in list_acls(user):
        assert rule["resource"]["patternType"] == "literal"
        assert rule["resource"]["name"] != "*"
        assert rule["resource"]["type"] in {"topic", "group"}
        assert set(rule["operations"]) <= {"Read", "Write", "Delete"}
    assert list_rights(user, "topic", "Delete") == set()


@every_user
def test_user_reads_topics_and_groups_of_its_sources(user: str) -> None:
    sources = select_sources(build_product(), user.removeprefix("pagebus-"))

    assert list_rights(user, "topic", "Read") == {topic for source in sources for topic in source["spec"]["topics"]}
    groups = {source["spec"]["consumerGroup"] for source in sources}
    # Knative deletes the group before it can delete the source.
    assert list_rights(user, "group", "Read") == list_rights(user, "group", "Delete") == groups


def test_topics_are_those_of_the_contract() -> None:
    shared = {topics.UPLOADS, topics.OUTCOMES, topics.RESULTS, topics.DOCUMENTS, topics.ASSEMBLIES, topics.DEAD_LETTERS}

    assert count_partitions(build_product()).keys() == shared | map_page_topics().keys()


def test_rights_name_existing_topics() -> None:
    assert map_writers().keys() == count_partitions(build_product()).keys()


def test_only_persistence_publishes_results_and_documents() -> None:
    writers = map_writers()

    assert writers[topics.RESULTS] == writers[topics.DOCUMENTS] == {"pagebus-persistence"}
    assert writers[topics.ASSEMBLIES] == {"pagebus-persistence", "pagebus-reconciler"}
    assert writers[topics.DEAD_LETTERS] == {SINK}


def test_uploads_are_published_by_three_functions() -> None:
    assert map_writers()[topics.UPLOADS] == {"pagebus-gateway", "pagebus-intake", "pagebus-reconciler"}


def test_outcomes_are_published_by_working_functions() -> None:
    others = {"pagebus-gateway", "pagebus-persistence", SINK}

    assert map_writers()[topics.OUTCOMES] == USERS.keys() - others


@pytest.mark.parametrize("topic", sorted(map_page_topics()))
def test_page_requests_come_from_functions_that_route_pages(topic: str) -> None:
    engines = {f"pagebus-{name}" for name in map_page_topics().values()}

    writers = {"pagebus-intake", "pagebus-reconciler"} | engines - {f"pagebus-{map_page_topics()[topic]}"}
    assert map_writers()[topic] == writers
