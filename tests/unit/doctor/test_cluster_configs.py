"""Knative's ConfigMaps against ours: when a value will do, and how bad it is when it does not."""

import pytest

from local.doctor.cluster.configs import differences
from local.doctor.cluster.expected import Values

CONSUMER = "config-kafka-source-consumer.properties"


def wanted(name: str, key: str, value: str) -> Values:
    return Values(f"{name}.yaml", "ConfigMap", name, "knative-serving", {key: value})


@pytest.mark.parametrize(
    ("key", "ours", "theirs"),
    [
        ("panic-window-percentage", "10.0", "10"),
        ("max-revision-timeout-seconds", "600", "1800"),  # a limit of ours is kept under any higher one
        ("tracing-endpoint", "http://ours", "http://theirs:4318/v1/traces"),  # there is one
        ("enable-scale-to-zero", "true", "True"),
        ("stable-window", "60s", "60s\n"),
    ],
)
def test_a_value_that_means_the_same_will_do(key: str, ours: str, theirs: str) -> None:
    assert list(differences(wanted("config-autoscaler", key, ours), {key: theirs})) == []


@pytest.mark.parametrize(
    ("key", "ours", "theirs"),
    [
        ("panic-window-percentage", "10.0", "20"),
        ("max-revision-timeout-seconds", "600", "300"),
        ("tracing-endpoint", "http://ours", ""),
        ("stable-window", "60s", "90s"),
        ("stable-window", "60s", None),
    ],
)
def test_a_value_that_means_something_else_is_said(key: str, ours: str, theirs: str | None) -> None:
    data = {} if theirs is None else {key: theirs}

    [finding] = differences(wanted("config-autoscaler", key, ours), data)

    assert key in finding.found
    assert "config-autoscaler.yaml says why" in finding.advice


@pytest.mark.parametrize(
    ("name", "state"),
    [("config-features", "wrong"), ("config-defaults", "wrong"), ("config-autoscaler", "warning")],
)
def test_only_what_makes_knative_refuse_a_manifest_is_wrong(name: str, state: str) -> None:
    assert [one.state for one in differences(wanted(name, "key", "enabled"), {"key": "disabled"})] == [state]


@pytest.mark.parametrize("example", ['key: "enabled"', "# why\nkey: enabled\n"])
def test_what_is_not_set_has_the_default_that_the_release_tells_in_its_example(example: str) -> None:
    assert list(differences(wanted("config-features", "key", "enabled"), {"_example": example})) == []
    [finding] = differences(wanted("config-features", "key", "disabled"), {"_example": example})
    assert finding.found == "key is enabled"


@pytest.mark.parametrize(
    ("name", "example"),
    [
        ("config-observability", "key: enabled"),  # a mere example
        ("config-features", "key: [enabled"),
        ("config-features", "enabled"),
    ],
)
def test_an_example_that_tells_no_default_sets_nothing(name: str, example: str) -> None:
    [finding] = differences(wanted(name, "key", "enabled"), {"_example": example})

    assert finding.found == "key is not set"


def test_a_block_of_properties_is_compared_line_by_line_and_comments_are_none() -> None:
    ours = wanted(
        "config-kafka-source-data-plane", CONSUMER, "# why\nmax.poll.records=50\nauto.commit.interval.ms=5000"
    )
    theirs = {
        CONSUMER: "# max.poll.records=50\nauto.commit.interval.ms=5000\nmax.poll.records=500\nfetch.min.bytes=1\n"
    }

    [finding] = differences(ours, theirs)

    assert finding.found == "max.poll.records is 500"
    assert "max.poll.records=50" in finding.advice
