"""The environment variables of a replica."""

from pathlib import Path

import pytest

from local.manifests.cluster import ConfigMap, Secret
from local.manifests.serving import Service
from local.twin.services.environment import (
    build_command,
    build_environment,
    build_pod_variables,
    expand_references,
    load_config_sources,
)

HOME = Path("/of/twin")


def build_service(**container: object) -> Service:
    spec = {"containers": [{"image": "x", "command": ["python", "--port", "$(PORT)"], **container}]}
    return Service.model_validate(
        {
            "apiVersion": "serving.knative.dev/v1",
            "kind": "Service",
            "metadata": {"name": "echo"},
            "spec": {"template": {"spec": spec}},
        }
    )


def build_config_map(name: str, **data: str) -> ConfigMap:
    return ConfigMap.model_validate({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})


def build_secret(name: str, **data: str) -> Secret:
    return Secret.model_validate({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data})


def test_replica_has_port_and_revision_variables() -> None:
    found = build_environment(build_service(), load_config_sources([], [], {}), 4711, HOME)
    assert (found["PORT"], found["K_SERVICE"], found["K_CONFIGURATION"], found["K_REVISION"]) == (
        "4711",
        "echo",
        "echo",
        "echo-00001",
    )


def test_other_variables_of_the_machine_are_not_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "of the machine")
    assert "DATABASE_URL" not in build_environment(build_service(), load_config_sources([], [], {}), 1, HOME)


def test_platform_variables_override_the_manifests() -> None:
    known = load_config_sources(
        [build_config_map("pagebus", LANGUAGES="deu", AWS_REGION="eu")], [], {"AWS_REGION": "local"}
    )
    found = build_environment(build_service(envFrom=[{"configMapRef": {"name": "pagebus"}}]), known, 1, HOME)
    assert (found["LANGUAGES"], found["AWS_REGION"]) == ("deu", "local")


def test_later_groups_and_variables_override_earlier_groups() -> None:
    known = load_config_sources(
        [build_config_map("a", X="a", Y="a", Z="a")], [build_secret("b", Y="Yg==", Z="Yg==")], {}
    )
    groups = [{"configMapRef": {"name": "a"}}, {"secretRef": {"name": "b"}}]
    found = build_environment(build_service(envFrom=groups, env=[{"name": "Z", "value": "own"}]), known, 1, HOME)
    assert (found["X"], found["Y"], found["Z"]) == ("a", "b", "own")


def test_variables_are_read_from_keys() -> None:
    known = load_config_sources([build_config_map("a", k="1")], [build_secret("b", k="Mg==")], {})
    env = [
        {"name": "ONE", "valueFrom": {"configMapKeyRef": {"name": "a", "key": "k"}}},
        {"name": "TWO", "valueFrom": {"secretKeyRef": {"name": "b", "key": "k"}}},
        {"name": "NONE", "valueFrom": {"secretKeyRef": {"name": "b", "key": "other", "optional": True}}},
        {"name": "BOTH", "value": "$(ONE)$(TWO)"},
    ]
    found = build_environment(build_service(env=env), known, 1, HOME)
    assert (found["ONE"], found["TWO"], found["BOTH"], "NONE" in found) == ("1", "2", "12", False)


def test_references_in_a_command_are_expanded() -> None:
    assert build_command(build_service(), {"PORT": "8"}) == ["python", "--port", "8"]


@pytest.mark.parametrize(("text", "result"), [("$(A)", "1"), ("$$(A)", "$(A)"), ("$(B)", "$(B)"), ("$A", "$A")])
def test_only_known_references_are_expanded(text: str, result: str) -> None:
    assert expand_references(text, {"A": "1"}) == result


def test_value_can_refer_to_groups_and_earlier_variables() -> None:
    known = load_config_sources([build_config_map("a", HOST="db")], [], {})
    env = [{"name": "URL", "value": "http://$(HOST):$(PORT)$(LATER)"}, {"name": "LATER", "value": "x"}]
    found = build_environment(build_service(envFrom=[{"configMapRef": {"name": "a"}}], env=env), known, 1, HOME)
    assert found["URL"] == "http://db:$(PORT)$(LATER)"


def test_value_from_a_key_is_not_expanded() -> None:
    known = load_config_sources([], [build_secret("b", k="JChPTkUp")], {})
    env = [
        {"name": "ONE", "value": "1"},
        {"name": "TWO", "valueFrom": {"secretKeyRef": {"name": "b", "key": "k"}}},
    ]
    assert build_environment(build_service(env=env), known, 1, HOME)["TWO"] == "$(ONE)"


def test_group_prefix_is_added_to_names() -> None:
    known = load_config_sources([build_config_map("a", X="1")], [], {})
    found = build_environment(build_service(envFrom=[{"prefix": "MY_", "configMapRef": {"name": "a"}}]), known, 1, HOME)
    assert (found["MY_X"], "X" in found) == ("1", False)


def test_knatives_variables_override_all_others() -> None:
    known = load_config_sources([build_config_map("a", PORT="1", K_SERVICE="other")], [], {})
    found = build_environment(build_service(envFrom=[{"configMapRef": {"name": "a"}}]), known, 4711, HOME)
    assert (found["PORT"], found["K_SERVICE"]) == ("4711", "echo")


def test_each_replica_has_its_own_host_name() -> None:
    assert [build_pod_variables(build_service(), number)["HOSTNAME"] for number in (1, 2)] == [
        "echo-00001-deployment-1",
        "echo-00001-deployment-2",
    ]


def test_home_is_inherited_from_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/of/reader")
    assert build_environment(build_service(), load_config_sources([], [], {}), 1, HOME)["HOME"] == "/of/reader"
