"""What a replica finds in its environment."""

from pathlib import Path

import pytest

from local.manifests.cluster import ConfigMap, Secret
from local.manifests.serving import Service
from local.twin.services.environment import command, expanded, pod, settings, variables

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


def test_a_value_may_refer_to_a_group_and_to_what_stands_above_it_only() -> None:
    known = settings([config_map("a", HOST="db")], [], {})
    env = [{"name": "URL", "value": "http://$(HOST):$(PORT)$(LATER)"}, {"name": "LATER", "value": "x"}]
    found = variables(service(envFrom=[{"configMapRef": {"name": "a"}}], env=env), known, 1, HOME)
    assert found["URL"] == "http://db:$(PORT)$(LATER)"


def test_what_comes_from_a_key_is_taken_as_it_is() -> None:
    known = settings([], [secret("b", k="JChPTkUp")], {})
    env = [
        {"name": "ONE", "value": "1"},
        {"name": "TWO", "valueFrom": {"secretKeyRef": {"name": "b", "key": "k"}}},
    ]
    assert variables(service(env=env), known, 1, HOME)["TWO"] == "$(ONE)"


def test_a_group_may_have_a_prefix() -> None:
    known = settings([config_map("a", X="1")], [], {})
    found = variables(service(envFrom=[{"prefix": "MY_", "configMapRef": {"name": "a"}}]), known, 1, HOME)
    assert (found["MY_X"], "X" in found) == ("1", False)


def test_knatives_own_variables_win_over_all() -> None:
    known = settings([config_map("a", PORT="1", K_SERVICE="other")], [], {})
    found = variables(service(envFrom=[{"configMapRef": {"name": "a"}}]), known, 4711, HOME)
    assert (found["PORT"], found["K_SERVICE"]) == ("4711", "echo")


def test_each_replica_has_a_host_name_of_its_own() -> None:
    assert [pod(service(), number)["HOSTNAME"] for number in (1, 2)] == [
        "echo-00001-deployment-1",
        "echo-00001-deployment-2",
    ]


def test_home_is_that_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/of/reader")
    assert variables(service(), settings([], [], {}), 1, HOME)["HOME"] == "/of/reader"
