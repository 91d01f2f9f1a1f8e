"""Comparison of Knative's ConfigMaps with the expected values."""

import pytest

from local.doctor.cluster.configs import find_differences
from local.doctor.cluster.expected import ExpectedValues

CONSUMER = "config-kafka-source-consumer.properties"


def build_expected(name: str, key: str, value: str) -> ExpectedValues:
    return ExpectedValues(f"{name}.yaml", "ConfigMap", name, "knative-serving", {key: value})


@pytest.mark.parametrize(
    ("key", "expected", "actual"),
    [
        ("panic-window-percentage", "10.0", "10"),
        ("max-revision-timeout-seconds", "600", "1800"),  # a higher limit is good enough
        ("tracing-endpoint", "http://expected", "http://actual:4318/v1/traces"),  # any address is good enough
        ("enable-scale-to-zero", "true", "True"),
        ("stable-window", "60s", "60s\n"),
    ],
)
def test_equivalent_value_is_accepted(key: str, expected: str, actual: str) -> None:
    assert list(find_differences(build_expected("config-autoscaler", key, expected), {key: actual})) == []


@pytest.mark.parametrize(
    ("key", "expected", "actual"),
    [
        ("panic-window-percentage", "10.0", "20"),
        ("max-revision-timeout-seconds", "600", "300"),
        ("tracing-endpoint", "http://expected", ""),
        ("stable-window", "60s", "90s"),
        ("stable-window", "60s", None),
    ],
)
def test_different_value_is_reported(key: str, expected: str, actual: str | None) -> None:
    data = {} if actual is None else {key: actual}

    [finding] = find_differences(build_expected("config-autoscaler", key, expected), data)

    assert key in finding.found
    assert "The reason is in config-autoscaler.yaml" in finding.advice


@pytest.mark.parametrize(
    ("name", "state"),
    [("config-features", "wrong"), ("config-defaults", "wrong"), ("config-autoscaler", "warning")],
)
def test_value_that_makes_knative_refuse_manifests_is_wrong(name: str, state: str) -> None:
    assert [
        finding.state for finding in find_differences(build_expected(name, "key", "enabled"), {"key": "disabled"})
    ] == [state]


@pytest.mark.parametrize("example", ['key: "enabled"', "# reason\nkey: enabled\n"])
def test_unset_key_has_the_default_of_the_example(example: str) -> None:
    assert list(find_differences(build_expected("config-features", "key", "enabled"), {"_example": example})) == []
    [finding] = find_differences(build_expected("config-features", "key", "disabled"), {"_example": example})
    assert finding.found == "key is enabled"


@pytest.mark.parametrize(
    ("name", "example"),
    [
        ("config-observability", "key: enabled"),  # its example has no defaults
        ("config-features", "key: [enabled"),
        ("config-features", "enabled"),
    ],
)
def test_invalid_example_has_no_defaults(name: str, example: str) -> None:
    [finding] = find_differences(build_expected(name, "key", "enabled"), {"_example": example})

    assert finding.found == "key is not set"


def test_block_is_compared_by_line_without_comments() -> None:
    expected = build_expected(
        "config-kafka-source-data-plane", CONSUMER, "# reason\nmax.poll.records=50\nauto.commit.interval.ms=5000"
    )
    data = {CONSUMER: "# max.poll.records=50\nauto.commit.interval.ms=5000\nmax.poll.records=500\nfetch.min.bytes=1\n"}

    [finding] = find_differences(expected, data)

    assert finding.found == "max.poll.records is 500"
    assert "max.poll.records=50" in finding.advice
