"""Network policies allow each function exactly the connections that its settings need."""

from importlib import import_module
from typing import Any

import pytest
from pydantic_settings import BaseSettings

from functions.runtime.settings import DatabaseSettings, StorageSettings
from tests.contract.manifests.builds import KNATIVE, Manifest, build, select, select_services

POLICIES = select(build(KNATIVE / "network"), "NetworkPolicy")
FUNCTIONS = select_services(build(KNATIVE / "base"))
every_function = pytest.mark.parametrize("function", sorted(FUNCTIONS))


def build_labels(function: str) -> dict[str, str]:
    """Return the labels of a function's pod: those of the template, and the one that Knative adds."""
    return {**FUNCTIONS[function]["spec"]["template"]["metadata"]["labels"], "serving.knative.dev/service": function}


def is_selected(selector: dict[str, Any], pod: dict[str, str]) -> bool:
    labels_match = all(pod.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    return labels_match and all(
        is_fulfilled(expression, pod.get(expression["key"])) for expression in selector.get("matchExpressions", [])
    )


def is_fulfilled(expression: dict[str, Any], value: str | None) -> bool:
    match expression["operator"]:
        case "Exists":
            return value is not None
        case "In":
            return value in expression["values"]
        case "NotIn":
            return value not in expression["values"]
    raise AssertionError(f"this test does not know the operator {expression['operator']}")


def list_policies(pod: dict[str, str]) -> list[Manifest]:
    return [policy["spec"] for policy in POLICIES.values() if is_selected(policy["spec"]["podSelector"], pod)]


def list_ports(pod: dict[str, str], direction: str) -> set[int]:
    rules = (rule for policy in list_policies(pod) for rule in policy.get(direction, []))
    return {port["port"] for rule in rules for port in rule["ports"]}


def has_settings(function: str, base: type[BaseSettings]) -> bool:
    module = import_module(f"functions.{function.replace('-', '_')}.settings")
    own = [value for value in vars(module).values() if isinstance(value, type) and value.__module__ == module.__name__]
    return any(issubclass(settings, base) for settings in own)


@every_function
def test_everything_else_is_denied(function: str) -> None:
    assert any(
        policy["policyTypes"] == ["Ingress", "Egress"] and "ingress" not in policy and "egress" not in policy
        for policy in list_policies(build_labels(function))
    )
    assert all(
        rule.get("from") for policy in list_policies(build_labels(function)) for rule in policy.get("ingress", [])
    )
    assert all(rule.get("to") for policy in list_policies(build_labels(function)) for rule in policy.get("egress", []))


@every_function
def test_only_queue_proxy_ports_are_open(function: str) -> None:
    assert list_ports(build_labels(function), "ingress") == {8012, 8013, 8112, 9090, 9091}


@every_function
def test_function_reaches_only_the_stores_that_it_uses(function: str) -> None:
    reached = list_ports(build_labels(function), "egress")

    assert {53, 9092, 9093, 4318} <= reached
    assert (5432 in reached) == has_settings(function, DatabaseSettings)
    assert ({443, 9000} <= reached) == has_settings(function, StorageSettings)
    assert reached <= {53, 9092, 9093, 4318, 5432, 443, 9000}


@every_function
def test_dns_servers_are_pods_or_the_node_cache(function: str) -> None:
    servers = [
        to
        for policy in list_policies(build_labels(function))
        for rule in policy.get("egress", [])
        if {port["port"] for port in rule["ports"]} == {53}
        for to in rule["to"]
    ]
    assert {"ipBlock": {"cidr": "169.254.20.10/32"}} in servers
    assert len(servers) == 2


def test_other_pods_have_no_policies() -> None:
    assert list_policies({"strimzi.io/cluster": "pagebus"}) == []
    assert list_policies({"app.kubernetes.io/part-of": "pagebus", "app.kubernetes.io/name": "otel-collector"}) == []
