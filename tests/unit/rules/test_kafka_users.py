"""A KafkaUser has exactly the rights that its functions need."""

import pytest

from local.manifests.cluster import KafkaUser
from local.manifests.serving import Service
from local.rules.users import check_login_user, check_rights
from tests.unit.rules.minimal_manifests import build_manifests


def check_user(text: str, replacement: str) -> list[str]:
    manifests = build_manifests(text, replacement)
    return list(check_rights(manifests.select(KafkaUser)[0], manifests))


def test_exact_rights_are_no_problem() -> None:
    assert check_user("", "") == []


@pytest.mark.parametrize(
    ("text", "replacement", "message"),
    [
        ("[Write]", "[Read]", "the user may not Write topic pagebus.outcomes; add this right"),
        ("[Read, Delete]", "[Read]", "the user may not Delete group pages; add this right"),
        ("name: pages}, operations", "name: page}, operations", "the user may not Read group pages; add this right"),
        ("[Write]", "[Write, Alter]", "the user may Alter topic pagebus.outcomes, which no source of it needs; remove"),
        ("[Write]", "[All]", "All on topic pagebus.outcomes covers more than one name"),
        ("name: pagebus.outcomes}", "name: '*'}", "Write on topic * covers more than one name"),
        ("name: pagebus.outcomes}", "name: pagebus, patternType: prefix}", "covers more than one name"),
        ("[Write]}", "[Write]}\n      - {resource: {type: topic, name: x}, operations: [Write]}", "has no topic x"),
    ],
)
def test_missing_or_additional_right_is_a_problem(text: str, replacement: str, message: str) -> None:
    assert any(message in problem for problem in check_user(text, replacement))


def test_unknown_login_user_is_a_problem() -> None:
    manifests = build_manifests("value: reader", "value: raeder")
    (problem,) = check_login_user(manifests.select(Service)[0], manifests)
    assert "there is no KafkaUser raeder" in problem
