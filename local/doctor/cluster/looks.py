"""Everything that there is to look at in a cluster."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path

import yaml

from local.doctor.cluster import configs, expected, namespace, readiness, versions
from local.doctor.cluster.expected import Expected
from local.doctor.cluster.kubectl import Ask, MayNot, NoAnswer, asking
from local.doctor.examination import Look, examine
from local.doctor.finding import Finding, warning, wrong
from local.doctor.subject import Cluster

_ORDER = (versions.GROUP, configs.GROUP, namespace.GROUP, readiness.GROUP)


def findings(cluster: Cluster, manifests: Sequence[Path]) -> list[Finding]:
    """All that can be found, by groups; a cluster that does not answer is one finding."""
    try:
        wanted = expected.read(manifests)
    except (OSError, yaml.YAMLError) as error:
        return [wrong(versions.GROUP, "manifests", _line(error), "Correct that file: it says what is expected.")]
    return found(wanted, cluster.namespace, asking(cluster.kubeconfig, cluster.context))


def found(wanted: Expected, where: str, ask: Ask) -> list[Finding]:
    """Of a cluster that is asked by `ask`."""
    once = cache(ask)  # many looks need the same lists
    try:
        once("/version")
    except NoAnswer as error:
        return [wrong(versions.GROUP, "Kubernetes", f"cannot be asked: {error}", _remedy(error))]
    looks = [*_of_platform(wanted, once), *_of_namespace(wanted, where, once)]
    return sorted(examine(looks), key=lambda finding: _ORDER.index(finding.group))


def _of_platform(wanted: Expected, ask: Ask) -> Iterator[Look]:
    for component in wanted.components:
        yield _look(versions.GROUP, component.name, partial(versions.check, component, ask))
    yield _look(versions.GROUP, "kinds", partial(versions.served, list(wanted.resources), ask))
    for config in wanted.configs:
        yield _look(configs.GROUP, f"{config.namespace}/{config.name}", partial(configs.check, config, ask))


def _of_namespace(wanted: Expected, where: str, ask: Ask) -> Iterator[Look]:
    yield _look(namespace.GROUP, "namespace", partial(namespace.check, where, ask))
    for values in wanted.settings:
        name = f"{values.kind} {values.name}"
        yield _look(namespace.GROUP, name, partial(namespace.settings, values, where, ask))
    for kind, names in wanted.resources.items():
        yield _look(readiness.GROUP, f"{kind.name}s", partial(readiness.check, kind, names, where, ask))


def _look(group: str, name: str, check: Callable[[], list[Finding]]) -> Look:
    """A check whose question may be refused."""

    def careful() -> list[Finding]:
        try:
            return check()
        except MayNot as error:
            return [warning(group, name, f"not looked at: {error}", "Ask for the right to read it, then look again.")]
        except NoAnswer as error:
            return [wrong(group, name, f"cannot be asked: {error}", _remedy(error))]

    return Look(group, name, careful)


def _remedy(error: NoAnswer) -> str:
    if isinstance(error.__cause__, FileNotFoundError):
        return "Install kubectl: it knows how to reach your cluster, with its contexts and credentials."
    return "See that `kubectl get --raw /version` works, with the same --kubeconfig and --context."


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
