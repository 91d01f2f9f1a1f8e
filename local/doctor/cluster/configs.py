"""Whether Knative's ConfigMaps hold the values of knative/platform."""

from collections.abc import Iterator, Mapping

import yaml

from local.doctor.cluster.expected import Values
from local.doctor.cluster.kubectl import Ask
from local.doctor.finding import Finding, ok, warning, wrong

GROUP = "configuration"

#: Where these differ, manifests are refused; elsewhere all goes on, only otherwise.
_REFUSES = {"config-features", "config-defaults"}
#: Whose example is what holds where nothing is set: Knative's own tests keep these the same.
_TELLS_DEFAULTS = {"config-features", "config-defaults", "config-autoscaler"}
_EXAMPLE = "_example"
#: A limit of ours is kept under any higher one.
_LIMITS = {"max-revision-timeout-seconds"}
#: Everybody has a place of their own for these: that there is one will do.
_PLACES = "-endpoint"
#: A block of lines, `name=value`.
_BLOCKS = ".properties"

_APPLY = "kubectl apply --server-side --force-conflicts -k knative/platform"


def check(wanted: Values, ask: Ask) -> list[Finding]:
    """A finding per value that differs, else one that all is well. Raises NoAnswer."""
    name = f"{wanted.namespace}/{wanted.name}"
    found = ask(f"/api/v1/namespaces/{wanted.namespace}/configmaps/{wanted.name}")
    if found is None:
        return [wrong(GROUP, name, "is not there", "Install what brings it first: knative/platform/README.md.")]
    return list(differences(wanted, found.get("data") or {})) or [ok(GROUP, name, _all(_flat(wanted.data)))]


def differences(wanted: Values, data: Mapping[str, str]) -> Iterator[Finding]:
    """What it holds beyond `wanted` is nobody's business here."""
    say = wrong if wanted.name in _REFUSES else warning
    there = {**(_defaults(data) if wanted.name in _TELLS_DEFAULTS else {}), **_flat(data)}
    for key, value in _flat(wanted.data).items():
        if not _will_do(key, value, there.get(key)):
            found = f"{key} is {there[key]}" if there.get(key) else f"{key} is not set"
            yield say(GROUP, f"{wanted.namespace}/{wanted.name}", found, _advice(wanted, key, value))


def _will_do(key: str, wanted: str, there: str | None) -> bool:
    if there is None:
        return False
    if key.endswith(_PLACES):
        return bool(there)
    if (ours := _number(wanted)) is None or (theirs := _number(there)) is None:
        return there.casefold() == wanted.casefold()
    return theirs >= ours if key in _LIMITS else theirs == ours


def _advice(wanted: Values, key: str, value: str) -> str:
    why = f"{wanted.file} says why"
    if any(name.endswith(_BLOCKS) for name in wanted.data):
        return f"The release brings {key}={value}; put that back into its block. {why}."
    if key.endswith(_PLACES):
        return f"Name your collector there: {why}."
    return f"Set it to {value} ({why}); `{_APPLY}` sets all."


def _flat(data: Mapping[str, str]) -> dict[str, str]:
    """Keys and values, with those of a block among them."""
    flat: dict[str, str] = {}
    for key, value in data.items():
        if key.endswith(_BLOCKS):
            flat |= dict(_properties(value))
        elif key != _EXAMPLE:
            flat[key] = value.strip()
    return flat


def _defaults(data: Mapping[str, str]) -> dict[str, str]:
    """Of the version that the cluster runs. Some of them hold no YAML, and tell nothing."""
    try:
        said = yaml.safe_load(data.get(_EXAMPLE, ""))
    except yaml.YAMLError:
        return {}
    return {str(key): str(value) for key, value in said.items()} if isinstance(said, dict) else {}


def _properties(block: str) -> Iterator[tuple[str, str]]:
    for line in block.splitlines():
        name, equals, value = line.partition("=")
        if equals and not name.lstrip().startswith("#"):
            yield name.strip(), value.strip()


def _number(text: str) -> float | None:
    """Knative writes some with a decimal point, and takes them without."""
    try:
        return float(text)
    except ValueError:
        return None


def _all(values: Mapping[str, str]) -> str:
    return f"all {len(values)} values as expected" if len(values) != 1 else "as expected"
