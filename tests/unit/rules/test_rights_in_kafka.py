"""A principal may do what its functions do there, and nothing else."""

import pytest

from local.manifests.cluster import KafkaUser
from local.manifests.serving import Service
from local.rules.users import logs_in_as_a_user, may_do_what_it_does
from tests.unit.rules.small import small


def told(text: str, instead: str) -> list[str]:
    manifests = small(text, instead)
    return list(may_do_what_it_does(manifests.of(KafkaUser)[0], manifests))


def test_what_a_function_does_it_may_do() -> None:
    assert told("", "") == []


@pytest.mark.parametrize(
    ("text", "instead", "words"),
    [
        ("[Write]", "[Read]", "it may not Write topic pagebus.outcomes; add that"),
        ("[Read, Delete]", "[Read]", "it may not Delete group pages; add that"),
        ("name: pages}, operations", "name: page}, operations", "it may not Read group pages; add that"),
        ("[Write]", "[Write, Alter]", "it may Alter topic pagebus.outcomes, and has no source that does; remove that"),
        ("[Write]", "[All]", "All on topic pagebus.outcomes says more than one name"),
        ("name: pagebus.outcomes}", "name: '*'}", "Write on topic * says more than one name"),
        ("name: pagebus.outcomes}", "name: pagebus, patternType: prefix}", "says more than one name"),
        ("[Write]}", "[Write]}\n      - {resource: {type: topic, name: x}, operations: [Write]}", "knows no topic x"),
    ],
)
def test_neither_less_nor_more(text: str, instead: str, words: str) -> None:
    assert any(words in line for line in told(text, instead))


def test_a_function_logs_in_as_somebody_who_is_there() -> None:
    manifests = small("value: reader", "value: raeder")
    (line,) = logs_in_as_a_user(manifests.of(Service)[0], manifests)
    assert "there is no KafkaUser raeder" in line
