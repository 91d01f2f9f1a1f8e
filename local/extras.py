"""The project's extras: what each asks for, and what of that is not installed here."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = "pagebus"
#: What `make setup` installs; extras beyond it are for those who want them.
STANDARD = "all"


@dataclass(frozen=True)
class Installed:
    """A distribution: its version, and what it and its extras require."""

    version: str
    requires: tuple[Requirement, ...]


Look = Callable[[str], Installed | None]


def look(name: str) -> Installed | None:
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return None
    return Installed(found.version, tuple(map(Requirement, found.requires or ())))


def lacking_of_extra(name: str, look: Look = look) -> list[str]:
    """A line for all that an extra of the project asks for and that is not there, or too old."""
    return sorted(set(_lacking_of_extra(PROJECT, name, look)))


def lacking(wanted: Requirement, look: Look) -> Iterator[str]:
    """What is missing or too old of one requirement and the extras that it names."""
    found = look(wanted.name)
    if found is None:
        yield f"{wanted.name} is missing"
        return
    if not wanted.specifier.contains(found.version, prereleases=True):
        yield f"{wanted.name} {found.version} is not {wanted.specifier}"
    for name in sorted(wanted.extras):
        yield from _lacking_of_extra(wanted.name, name, look)


def included(name: str, look: Look) -> Iterator[str]:
    """The extras of the project that one of them names, and those name."""
    yield name
    for one in _required(PROJECT, name, look):
        if canonicalize_name(one.name) == PROJECT:
            for inner in one.extras:
                yield from included(inner, look)


def _lacking_of_extra(distribution: str, name: str, look: Look) -> Iterator[str]:
    for one in _required(distribution, name, look):
        yield from lacking(one, look)


def _required(distribution: str, name: str, look: Look) -> Iterable[Requirement]:
    """What is required with the extra and not without."""
    found = look(distribution)
    for one in found.requires if found else ():
        if one.marker and one.marker.evaluate({"extra": name}) and not one.marker.evaluate({"extra": ""}):
            yield one
