"""The extras of the project: their requirements, and the requirements that are not installed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = "pagebus"
#: The extra that `make setup` installs.
STANDARD = "all"


@dataclass(frozen=True)
class InstalledDistribution:
    """An installed distribution: its version, and its requirements including those of its extras."""

    version: str
    requires: tuple[Requirement, ...]


#: A function that takes the name of a distribution. It returns the distribution, or None if it is not installed.
FindDistribution = Callable[[str], InstalledDistribution | None]


def find_distribution(name: str) -> InstalledDistribution | None:
    """Return the distribution of this name in the running Python environment, or None if it is not installed."""
    try:
        installed = distribution(name)
    except PackageNotFoundError:
        return None
    return InstalledDistribution(installed.version, tuple(map(Requirement, installed.requires or ())))


def list_extra_problems(name: str, find: FindDistribution = find_distribution) -> list[str]:
    """Return sorted texts about the requirements of the extra `name` of Pagebus: missing packages, wrong versions."""
    return sorted(set(_list_problems_of_extra(PROJECT, name, find)))


def list_requirement_problems(requirement: Requirement, find: FindDistribution) -> Iterator[str]:
    """Yield a text for each package that is missing or has a wrong version.

    The packages are the required package itself and, if `requirement` names extras, what these extras require.
    """
    installed = find(requirement.name)
    if installed is None:
        yield f"{requirement.name} is missing"
        return
    if not requirement.specifier.contains(installed.version, prereleases=True):
        yield f"{requirement.name} {installed.version} is not {requirement.specifier}"
    for name in sorted(requirement.extras):
        yield from _list_problems_of_extra(requirement.name, name, find)


def list_included_extras(name: str, find: FindDistribution) -> Iterator[str]:
    """Yield `name`, an extra of Pagebus, and the names of all extras that it includes directly or indirectly."""
    yield name
    for requirement in _list_requirements(PROJECT, name, find):
        if canonicalize_name(requirement.name) == PROJECT:
            for included in requirement.extras:
                yield from list_included_extras(included, find)


def _list_problems_of_extra(distribution_name: str, extra: str, find: FindDistribution) -> Iterator[str]:
    for requirement in _list_requirements(distribution_name, extra, find):
        yield from list_requirement_problems(requirement, find)


def _list_requirements(distribution_name: str, extra: str, find: FindDistribution) -> Iterable[Requirement]:
    """Yield the requirements that a distribution has only if its extra `extra` is selected."""
    installed = find(distribution_name)
    for requirement in installed.requires if installed else ():
        marker = requirement.marker
        if marker and marker.evaluate({"extra": extra}) and not marker.evaluate({"extra": ""}):
            yield requirement
