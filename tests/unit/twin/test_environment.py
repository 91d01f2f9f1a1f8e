"""What a replica finds in its environment."""

from pathlib import Path

import pytest

from local.twin.cluster import ConfigMap, Secret
from local.twin.environment import command, expanded, settings, variables
from local.twin.serving import Service

HOME = Path("/of/twin")


def service(**container: object) -> Service:
    spec = {"containers": [{"image": "x", "command": ["python", "--port", "$(PORT)"], **container}]}
    return Service.model_validate(
        {
            "apiVersion": "serving.knative.dev/v1",
            "kind": "Service",
            "metadata": {"name": "echo"},
            "spec": {"template": {"spec": spec}},
        }
    )


def config_map(name: str, **data: str) -> ConfigMap:
    return ConfigMap.model_validate({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})


def secret(name: str, **data: str) -> Secret:
    return Secret.model_validate({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data})


def test_a_replica_knows_its_port_and_its_revision() -> None:
    found = variables(service(), settings([], [], {}), 4711, HOME)
    assert (found["PORT"], found["K_SERVICE"], found["K_CONFIGURATION"], found["K_REVISION"]) == (
        "4711",
        "echo",
        "echo",
        "echo-00001",
    )


def test_nothing_else_of_the_machine_reaches_a_replica(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "of the machine")
    assert "DATABASE_URL" not in variables(service(), settings([], [], {}), 1, HOME)


def test_the_platform_is_laid_over_the_manifests_own_settings() -> None:
    known = settings([config_map("pagebus", LANGUAGES="deu", AWS_REGION="eu")], [], {"AWS_REGION": "local"})
    found = variables(service(envFrom=[{"configMapRef": {"name": "pagebus"}}]), known, 1, HOME)
    assert (found["LANGUAGES"], found["AWS_REGION"]) == ("deu", "local")


def test_a_later_group_wins_and_a_variable_wins_over_groups() -> None:
    known = settings([config_map("a", X="a", Y="a", Z="a")], [secret("b", Y="Yg==", Z="Yg==")], {})
    groups = [{"configMapRef": {"name": "a"}}, {"secretRef": {"name": "b"}}]
    found = variables(service(envFrom=groups, env=[{"name": "Z", "value": "own"}]), known, 1, HOME)
    assert (found["X"], found["Y"], found["Z"]) == ("a", "b", "own")


def test_variables_come_from_keys() -> None:
    known = settings([config_map("a", k="1")], [secret("b", k="Mg==")], {})
    env = [
        {"name": "ONE", "valueFrom": {"configMapKeyRef": {"name": "a", "key": "k"}}},
        {"name": "TWO", "valueFrom": {"secretKeyRef": {"name": "b", "key": "k"}}},
        {"name": "NONE", "valueFrom": {"secretKeyRef": {"name": "b", "key": "other", "optional": True}}},
        {"name": "BOTH", "value": "$(ONE)$(TWO)"},
    ]
    found = variables(service(env=env), known, 1, HOME)
    assert (found["ONE"], found["TWO"], found["BOTH"], "NONE" in found) == ("1", "2", "12", False)


def test_references_in_a_command_are_expanded() -> None:
    assert command(service(), {"PORT": "8"}) == ["python", "--port", "8"]


@pytest.mark.parametrize(("text", "result"), [("$(A)", "1"), ("$$(A)", "$(A)"), ("$(B)", "$(B)"), ("$A", "$A")])
def test_only_known_references_are_expanded(text: str, result: str) -> None:
    assert expanded(text, {"A": "1"}) == result
