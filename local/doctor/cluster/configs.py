"""Checks whether Knative's ConfigMaps have the values of knative/platform."""

from collections.abc import Iterator, Mapping

import yaml

from local.doctor.cluster.expected import ExpectedValues
from local.doctor.cluster.kubectl import Query
from local.doctor.finding import Finding, report_ok, report_warning, report_wrong

GROUP = "configuration"

#: ConfigMaps in which an unexpected value makes Knative refuse manifests. In other ConfigMaps, such a value only
#: changes the behaviour of Knative.
_REQUIRED_CONFIGS = {"config-features", "config-defaults"}
#: ConfigMaps whose key `_example` has the defaults of all other keys. Knative's tests ensure this for these ConfigMaps.
_CONFIGS_WITH_DEFAULTS = {"config-features", "config-defaults", "config-autoscaler"}
_EXAMPLE = "_example"
#: Keys of limits. A cluster may have a higher limit than knative/platform.
_MINIMUM_KEYS = {"max-revision-timeout-seconds"}
#: The end of keys with an address. A cluster may have any address, because addresses differ between clusters.
_ADDRESS_SUFFIX = "-endpoint"
#: The end of keys whose value is a block of lines `name=value`.
_BLOCK_SUFFIX = ".properties"

_APPLY = "kubectl apply --server-side --force-conflicts -k knative/platform"


def check_config(expected: ExpectedValues, query: Query) -> list[Finding]:
    """Return a finding for each unexpected value of a ConfigMap, or one finding if all values are as expected.

    Raise ClusterQueryError if the ConfigMap cannot be read.
    """
    name = f"{expected.namespace}/{expected.name}"
    config_map = query(f"/api/v1/namespaces/{expected.namespace}/configmaps/{expected.name}")
    if config_map is None:
        advice = "Install the component that contains it: see knative/platform/README.md."
        return [report_wrong(GROUP, name, "does not exist", advice)]
    differences = list(find_differences(expected, config_map.get("data") or {}))
    return differences or [report_ok(GROUP, name, _render_success(_flatten(expected.data)))]


def find_differences(expected: ExpectedValues, data: Mapping[str, str]) -> Iterator[Finding]:
    """Yield a finding for each expected value that differs in `data`. Other keys of `data` are ignored."""
    report = report_wrong if expected.name in _REQUIRED_CONFIGS else report_warning
    defaults = _parse_defaults(data) if expected.name in _CONFIGS_WITH_DEFAULTS else {}
    actual = {**defaults, **_flatten(data)}
    for key, value in _flatten(expected.data).items():
        if not _is_acceptable(key, value, actual.get(key)):
            found = f"{key} is {actual[key]}" if actual.get(key) else f"{key} is not set"
            yield report(GROUP, f"{expected.namespace}/{expected.name}", found, _advise(expected, key, value))


def _is_acceptable(key: str, expected: str, actual: str | None) -> bool:
    """Return whether a cluster may have the value `actual` for a key. None means that the key is not set."""
    if actual is None:
        return False
    if key.endswith(_ADDRESS_SUFFIX):
        return bool(actual)
    if (expected_number := _parse_number(expected)) is None or (actual_number := _parse_number(actual)) is None:
        return actual.casefold() == expected.casefold()
    return actual_number >= expected_number if key in _MINIMUM_KEYS else actual_number == expected_number


def _advise(expected: ExpectedValues, key: str, value: str) -> str:
    reason = f"The reason is in {expected.file}."
    if any(name.endswith(_BLOCK_SUFFIX) for name in expected.data):
        return f"Restore {key}={value}, the value of Knative's release, in its block. {reason}"
    if key.endswith(_ADDRESS_SUFFIX):
        return f"Set it to the address of your collector. {reason}"
    return f"Set it to {value}, or run `{_APPLY}` to set all values. {reason}"


def _flatten(data: Mapping[str, str]) -> dict[str, str]:
    """Return the keys and values of a ConfigMap without `_example`. Each line of a block becomes a key and a value."""
    values: dict[str, str] = {}
    for key, value in data.items():
        if key.endswith(_BLOCK_SUFFIX):
            values |= dict(_parse_block(value))
        elif key != _EXAMPLE:
            values[key] = value.strip()
    return values


def _parse_defaults(data: Mapping[str, str]) -> dict[str, str]:
    """Return the defaults in the example of a ConfigMap, or an empty dict if the example is not a YAML mapping."""
    try:
        example = yaml.safe_load(data.get(_EXAMPLE, ""))
    except yaml.YAMLError:
        return {}
    return {str(key): str(value) for key, value in example.items()} if isinstance(example, dict) else {}


def _parse_block(block: str) -> Iterator[tuple[str, str]]:
    for line in block.splitlines():
        name, equals, value = line.partition("=")
        if equals and not name.lstrip().startswith("#"):
            yield name.strip(), value.strip()


def _parse_number(text: str) -> float | None:
    """Return the number in a text, or None if the text is not a number.

    Numbers must be compared as numbers, because `10.0` and `10` are the same value in Knative.
    """
    try:
        return float(text)
    except ValueError:
        return None


def _render_success(values: Mapping[str, str]) -> str:
    return f"all {len(values)} values as expected" if len(values) != 1 else "as expected"
