"""Each function may do with Kafka what it does, and nothing else."""

from collections import defaultdict

import pytest

from events import topics
from tests.contract.manifests.built import Manifest, everything, of, partitions, services, sources_of

USERS = of(everything(), "KafkaUser")
SINK = "pagebus-dead-letter-sink"
every_user = pytest.mark.parametrize("user", sorted(USERS))


def acls(user: str) -> list[Manifest]:
    return list(USERS[user]["spec"]["authorization"]["acls"])


def allowed(user: str, kind: str, operation: str) -> set[str]:
    rules = (rule for rule in acls(user) if rule["resource"]["type"] == kind and operation in rule["operations"])
    return {rule["resource"]["name"] for rule in rules}


def writers() -> dict[str, set[str]]:
    found = defaultdict(set)
    for user in USERS:
        for topic in allowed(user, "topic", "Write"):
            found[topic].add(user)
    return found


def page_topics() -> dict[str, str]:
    """The function that reads each."""
    lanes = {
        engine: (topics.pages_topic(engine, bulk=False), topics.pages_topic(engine, bulk=True))
        for engine, said in services(everything()).items()
        if said["metadata"]["labels"].get("pagebus.io/role") == "engine"
    }
    return {topic: engine for engine, both in lanes.items() for topic in both}


def test_every_function_has_a_user_and_the_sink_has_one() -> None:
    assert USERS.keys() == {*(f"pagebus-{name}" for name in services(everything())), SINK}


@every_user
def test_rights_are_literal_and_few(user: str) -> None:
    for rule in acls(user):
        assert rule["resource"]["patternType"] == "literal"
        assert rule["resource"]["name"] != "*"
        assert rule["resource"]["type"] in {"topic", "group"}
        assert set(rule["operations"]) <= {"Read", "Write", "Delete"}
    assert allowed(user, "topic", "Delete") == set()


@every_user
def test_a_user_reads_what_its_function_s_sources_read_and_in_their_groups(user: str) -> None:
    sources = sources_of(everything(), user.removeprefix("pagebus-"))

    assert allowed(user, "topic", "Read") == {topic for source in sources for topic in source["spec"]["topics"]}
    groups = {source["spec"]["consumerGroup"] for source in sources}
    # Knative deletes the group of a source that is removed, and cannot let the source go before.
    assert allowed(user, "group", "Read") == allowed(user, "group", "Delete") == groups


def test_every_topic_of_the_contract_exists_and_no_other() -> None:
    shared = {topics.UPLOADS, topics.OUTCOMES, topics.RESULTS, topics.DOCUMENTS, topics.ASSEMBLIES, topics.DEAD_LETTERS}

    assert partitions(everything()).keys() == shared | page_topics().keys()


def test_nobody_may_write_where_there_is_no_topic() -> None:
    assert writers().keys() == partitions(everything()).keys()


def test_persistence_alone_says_what_is_committed_and_the_sink_alone_what_could_not_be_delivered() -> None:
    may = writers()

    assert may[topics.RESULTS] == may[topics.DOCUMENTS] == {"pagebus-persistence"}
    assert may[topics.ASSEMBLIES] == {"pagebus-persistence", "pagebus-reconciler"}
    assert may[topics.DEAD_LETTERS] == {SINK}


def test_uploads_come_by_the_gateway_and_again_by_who_goes_on_with_them() -> None:
    assert writers()[topics.UPLOADS] == {"pagebus-gateway", "pagebus-intake", "pagebus-reconciler"}


def test_outcomes_come_from_everybody_who_finds_something() -> None:
    silent = {"pagebus-gateway", "pagebus-persistence", SINK}

    assert writers()[topics.OUTCOMES] == USERS.keys() - silent


@pytest.mark.parametrize("topic", sorted(page_topics()))
def test_pages_are_asked_for_by_intake_the_reconciler_and_the_other_engines(topic: str) -> None:
    engines = {f"pagebus-{name}" for name in page_topics().values()}

    asking = {"pagebus-intake", "pagebus-reconciler"} | engines - {f"pagebus-{page_topics()[topic]}"}
    assert writers()[topic] == asking
