"""Whether every resource of ours is there and ready; if not, what it says itself."""

from collections.abc import Iterable, Mapping
from typing import Any

from local.doctor.address import without
from local.doctor.cluster.expected import Kind
from local.doctor.cluster.kubectl import Ask
from local.doctor.finding import Finding, ok, warning, wrong

GROUP = "resources"

_SHOWN = 5


def check(kind: Kind, names: frozenset[str], namespace: str, ask: Ask) -> list[Finding]:
    """Raises NoAnswer."""
    plural = _plural(kind, ask)
    if plural is None:
        return []  # that the kind is not there has been said
    listed = ask(f"/apis/{kind.api_version}/namespaces/{namespace}/{plural}") or {}
    return of(kind, names, listed.get("items", []))


def of(kind: Kind, names: frozenset[str], there: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """What of `names` is missing among `there`, or not ready."""
    found = {name: one for name in names if (one := _named(name, there)) is not None}
    missing = sorted(names - found.keys())
    unready = [finding for _, one in sorted(found.items()) if (finding := _unready(kind, one))]
    if missing:
        advice = "Apply the manifests: `kubectl apply -k` of your overlay; or name their namespace with --namespace."
        unready.insert(0, wrong(GROUP, f"{kind.name}s", f"not there: {_some(missing)}", advice))
    return unready or [ok(GROUP, f"{kind.name}s", f"all {len(names)} there and ready")]


def _named(name: str, there: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """By its name, or with a prefix that an overlay gives to all."""
    candidates = {one["metadata"]["name"]: one for one in there}
    longer = (found for found in candidates if found.endswith(f"-{name}"))
    return candidates.get(name) or candidates.get(next(longer, ""))


def _unready(kind: Kind, one: Mapping[str, Any]) -> Finding | None:
    """A problem, if it is not ready. A generation that nobody has looked at yet is as good as unknown."""
    name = f"{kind.name} {one['metadata']['name']}"
    status = one.get("status") or {}
    ready = next((said for said in status.get("conditions", []) if said["type"] == "Ready"), None)
    if ready is None:
        advice = "Wait; if it stays so, the controller of this kind does not run: look at its pods."
        return warning(GROUP, name, "says nothing of itself yet", advice)
    if ready["status"] == "True":
        return None
    reason = without(f"{ready.get('reason', '')}: {ready.get('message', '')}").strip(" :")
    say = wrong if ready["status"] == "False" else warning
    return say(GROUP, name, f"is not ready: {reason or 'it does not say why'}", _advice(kind, one))


def _advice(kind: Kind, one: Mapping[str, Any]) -> str:
    plural = f"{kind.name.lower()}s.{kind.api_version.partition('/')[0]}"
    metadata = one["metadata"]
    return f"`kubectl describe {plural} {metadata['name']} -n {metadata.get('namespace', 'NAMESPACE')}` says more."


def _plural(kind: Kind, ask: Ask) -> str | None:
    listed = ask(f"/apis/{kind.api_version}") or {}
    plurals = [str(one["name"]) for one in listed.get("resources", []) if one["kind"] == kind.name]
    # A name with a slash is a part of a resource, such as its status.
    return next((plural for plural in plurals if "/" not in plural), None)


def _some(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
