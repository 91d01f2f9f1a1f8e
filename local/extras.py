"""The extras of the project: their requirements, and which of them are not installed."""

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


#: Returns the installed distribution of this name, or None.
FindDistribution = Callable[[str], InstalledDistribution | None]


def find_distribution(name: str) -> InstalledDistribution | None:
    """Return the distribution of this name in the running Python environment, or None if it is not installed."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return None
    return InstalledDistribution(found.version, tuple(map(Requirement, found.requires or ())))


def list_missing_of_extra(name: str, find: FindDistribution = find_distribution) -> list[str]:
    """Return a sorted text for each requirement of a project's extra that is missing or has the wrong version."""
    return sorted(set(_list_missing_of_extra(PROJECT, name, find)))


def list_missing(requirement: Requirement, find: FindDistribution) -> Iterator[str]:
    """Yield a text for each problem of a requirement and of the extras that it names."""
    found = find(requirement.name)
    if found is None:
        yield f"{requirement.name} is missing"
        return
    if not requirement.specifier.contains(found.version, prereleases=True):
        yield f"{requirement.name} {found.version} is not {requirement.specifier}"
    for name in sorted(requirement.extras):
        yield from _list_missing_of_extra(requirement.name, name, find)


def list_included_extras(name: str, find: FindDistribution) -> Iterator[str]:
    """Yield an extra of the project and all extras that it includes, directly or not."""
    yield name
    for requirement in _list_requirements(PROJECT, name, find):
        if canonicalize_name(requirement.name) == PROJECT:
            for included in requirement.extras:
                yield from list_included_extras(included, find)


def _list_missing_of_extra(distribution_name: str, name: str, find: FindDistribution) -> Iterator[str]:
    for requirement in _list_requirements(distribution_name, name, find):
        yield from list_missing(requirement, find)


def _list_requirements(distribution_name: str, name: str, find: FindDistribution) -> Iterable[Requirement]:
    """Yield the requirements of a distribution that apply only with this extra."""
    found = find(distribution_name)
    for requirement in found.requires if found else ():
        marker = requirement.marker
        if marker and marker.evaluate({"extra": name}) and not marker.evaluate({"extra": ""}):
            yield requirement
