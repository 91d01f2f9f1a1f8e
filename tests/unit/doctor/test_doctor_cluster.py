"""What `pagebus doctor --cluster` finds, for clusters that lack one thing each."""

from typing import Any

import pytest

from local.doctor.cluster.kubectl import MayNot, NoAnswer
from local.doctor.cluster.looks import found
from tests.unit.doctor.cluster_facts import (
    DEFINITION,
    FEATURES,
    LISTED,
    NAMESPACE,
    SECRET,
    WANTED,
    asking,
    healthy,
    resource,
)


def said(answers: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What is not well in a cluster that answers this, too."""
    listed = found(WANTED, NAMESPACE, asking(healthy() | answers))
    return [(one.state, one.check, one.found) for one in listed if one.state != "ok"]


def test_nothing_is_wrong_with_a_cluster_that_has_all() -> None:
    listed = found(WANTED, NAMESPACE, asking(healthy()))

    assert {one.state for one in listed} == {"ok"}
    assert {one.check: one.found for one in listed} == {
        "Kubernetes": "v1.34.4",
        "Knative Serving": "1.23.0",
        "kinds": "all 2 of the manifests",
        "knative-serving/config-features": "as expected",
        "namespace": NAMESPACE,
        "Secret pagebus": "has all 1 keys",
        "Services": "all 2 there and ready",
        "KafkaSources": "all 1 there and ready",
    }


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"/version": {"gitVersion": "v1.31.2"}}, ("warning", "Kubernetes", "v1.31.2 is older than")),
        ({DEFINITION: None}, ("wrong", "Knative Serving", "is not installed")),
        ({DEFINITION: {"metadata": {}}}, ("warning", "Knative Serving", "does not say its version")),
        ({"/apis/sources.knative.dev/v1": None}, ("wrong", "kind KafkaSource", "does not know sources.knative.dev/v1")),
        ({FEATURES: None}, ("wrong", "knative-serving/config-features", "is not there")),
        ({FEATURES: {"data": {}}}, ("wrong", "knative-serving/config-features", "is not set")),
        ({f"/api/v1/namespaces/{NAMESPACE}": None}, ("wrong", "namespace", "there is no documents")),
        ({SECRET: None}, ("wrong", "Secret pagebus", "is not in documents")),
        ({SECRET: {"data": {"DATABASE_URL": ""}}}, ("wrong", "Secret pagebus", "lacks DATABASE_URL")),
        ({SECRET: {"metadata": {}}}, ("wrong", "Secret pagebus", "lacks DATABASE_URL")),
        ({LISTED: {"items": [resource("intake")]}}, ("wrong", "Services", "not there: tesseract")),
        ({LISTED: None}, ("wrong", "Services", "not there: intake, tesseract")),
    ],
)
def test_what_is_missing_is_said(answers: dict[str, Any], expected: tuple[str, str, str]) -> None:
    [(state, check, what)] = said(answers)

    assert (state, check) == expected[:2]
    assert expected[2] in what


def test_a_newer_version_is_well_and_comes_with_what_it_is_made_for() -> None:
    listed = found(WANTED, NAMESPACE, asking(healthy() | {"/version": {"gitVersion": "v1.36.0+k3s1"}}))

    [kubernetes] = [one for one in listed if one.check == "Kubernetes"]
    assert kubernetes.state == "ok"
    assert "Made for 1.34" in kubernetes.advice


def test_a_resource_that_is_not_ready_speaks_for_itself() -> None:
    failing = resource("tesseract", "False", reason="RevisionMissing", message="Unable to fetch\nimage")

    [(state, check, what)] = said({LISTED: {"items": [resource("intake"), failing]}})

    assert (state, check) == ("wrong", "Service tesseract")
    assert what == "is not ready: RevisionMissing: Unable to fetch image"


@pytest.mark.parametrize(
    "one", [resource("tesseract", "Unknown", message="Deploying"), {"metadata": {"name": "tesseract"}}]
)
def test_a_resource_that_may_still_become_ready_is_a_warning(one: dict[str, Any]) -> None:
    [(state, check, _)] = said({LISTED: {"items": [resource("intake"), one]}})

    assert (state, check) == ("warning", "Service tesseract")


def test_resources_are_known_by_the_prefix_that_an_overlay_gives_them_too() -> None:
    assert said({LISTED: {"items": [resource("staging-intake"), resource("staging-tesseract")]}}) == []


def test_a_cluster_that_does_not_answer_is_one_finding() -> None:
    [(state, check, what)] = said({"/version": NoAnswer("connection refused")})

    assert (state, check, what) == ("wrong", "Kubernetes", "cannot be asked: connection refused")


def test_what_may_not_be_read_is_a_warning_and_the_rest_is_looked_at() -> None:
    [(state, check, what)] = said({SECRET: MayNot("secrets is forbidden")})

    assert (state, check, what) == ("warning", "Secret pagebus", "not looked at: secrets is forbidden")


def test_no_value_of_a_secret_is_in_any_finding() -> None:
    assert "Z2VoZWlt" not in str(found(WANTED, NAMESPACE, asking(healthy())))


def test_every_problem_comes_with_what_to_do() -> None:
    empty = dict.fromkeys(healthy()) | {"/version": {"gitVersion": "v1.20.0"}}

    assert [one for one in found(WANTED, NAMESPACE, asking(empty)) if not one.advice] == []
