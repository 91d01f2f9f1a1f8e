"""Who may talk to whom is what the functions' settings say that they need."""

from importlib import import_module
from typing import Any

import pytest
from pydantic_settings import BaseSettings

from functions.runtime.settings import DatabaseSettings, StorageSettings
from tests.contract.manifests.built import KNATIVE, Manifest, built, of, services

POLICIES = of(built(KNATIVE / "network"), "NetworkPolicy")
FUNCTIONS = services(built(KNATIVE / "base"))
every_function = pytest.mark.parametrize("function", sorted(FUNCTIONS))


def labels(function: str) -> dict[str, str]:
    """A pod's: the template's, and what Knative adds."""
    return {**FUNCTIONS[function]["spec"]["template"]["metadata"]["labels"], "serving.knative.dev/service": function}


def selects(selector: dict[str, Any], pod: dict[str, str]) -> bool:
    same = all(pod.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    return same and all(holds(one, pod.get(one["key"])) for one in selector.get("matchExpressions", []))


def holds(expression: dict[str, Any], value: str | None) -> bool:
    match expression["operator"]:
        case "Exists":
            return value is not None
        case "In":
            return value in expression["values"]
        case "NotIn":
            return value not in expression["values"]
    raise AssertionError(f"no policy here says {expression['operator']}")


def policies(pod: dict[str, str]) -> list[Manifest]:
    return [policy["spec"] for policy in POLICIES.values() if selects(policy["spec"]["podSelector"], pod)]


def ports(pod: dict[str, str], direction: str) -> set[int]:
    rules = (rule for policy in policies(pod) for rule in policy.get(direction, []))
    return {port["port"] for rule in rules for port in rule["ports"]}


def needs(function: str, what: type[BaseSettings]) -> bool:
    module = import_module(f"functions.{function.replace('-', '_')}.settings")
    own = [value for value in vars(module).values() if isinstance(value, type) and value.__module__ == module.__name__]
    return any(issubclass(settings, what) for settings in own)


@every_function
def test_nothing_is_allowed_that_is_not_said(function: str) -> None:
    assert any(
        policy["policyTypes"] == ["Ingress", "Egress"] and "ingress" not in policy and "egress" not in policy
        for policy in policies(labels(function))
    )
    assert all(rule.get("from") for policy in policies(labels(function)) for rule in policy.get("ingress", []))
    assert all(rule.get("to") for policy in policies(labels(function)) for rule in policy.get("egress", []))


@every_function
def test_a_function_is_called_through_its_queue_proxy_alone(function: str) -> None:
    assert ports(labels(function), "ingress") == {8012, 8013, 8112, 9090, 9091}


@every_function
def test_a_function_reaches_the_stores_that_it_works_with_and_no_other(function: str) -> None:
    reached = ports(labels(function), "egress")

    assert {53, 9092, 9093, 4318} <= reached
    assert (5432 in reached) == needs(function, DatabaseSettings)
    assert ({443, 9000} <= reached) == needs(function, StorageSettings)
    assert reached <= {53, 9092, 9093, 4318, 5432, 443, 9000}


@every_function
def test_names_are_asked_of_pods_or_of_the_nodes_own_cache(function: str) -> None:
    asked = [
        to
        for policy in policies(labels(function))
        for rule in policy.get("egress", [])
        if {port["port"] for port in rule["ports"]} == {53}
        for to in rule["to"]
    ]
    assert {"ipBlock": {"cidr": "169.254.20.10/32"}} in asked
    assert len(asked) == 2


def test_what_else_lives_in_the_namespace_is_left_alone() -> None:
    assert policies({"strimzi.io/cluster": "pagebus"}) == []
    assert policies({"app.kubernetes.io/part-of": "pagebus", "app.kubernetes.io/name": "otel-collector"}) == []
