"""Whether what functions are told by their namespace is there: the ConfigMap and the Secret, and their keys."""

from local.doctor.cluster.expected import Values
from local.doctor.cluster.kubectl import Ask
from local.doctor.finding import Finding, ok, wrong

GROUP = "namespace"

_PLURALS = {"ConfigMap": "configmaps", "Secret": "secrets"}


def check(namespace: str, ask: Ask) -> list[Finding]:
    """Raises NoAnswer."""
    if ask(f"/api/v1/namespaces/{namespace}") is None:
        advice = "Name the one that functions are in with --namespace, or make it: `kubectl create namespace`."
        return [wrong(GROUP, "namespace", f"there is no {namespace}", advice)]
    return [ok(GROUP, "namespace", namespace)]


def settings(wanted: Values, namespace: str, ask: Ask) -> list[Finding]:
    """Looks at keys, and at whether a value is empty; at no value. Raises NoAnswer."""
    name = f"{wanted.kind} {wanted.name}"
    found = ask(f"/api/v1/namespaces/{namespace}/{_PLURALS[wanted.kind]}/{wanted.name}")
    if found is None:
        advice = f"Make it with {', '.join(sorted(wanted.data))}: {wanted.file} says what they hold."
        return [wrong(GROUP, name, f"is not in {namespace}", advice)]
    data = found.get("data") or {}
    if missing := sorted(key for key in wanted.data if not data.get(key)):
        advice = f"Add {'it' if len(missing) == 1 else 'them'}: functions do not start without ({wanted.file})."
        return [wrong(GROUP, name, f"lacks {', '.join(missing)}", advice)]
    return [ok(GROUP, name, f"has all {len(wanted.data)} keys")]
