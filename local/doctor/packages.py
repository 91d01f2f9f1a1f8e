"""Whether each function finds the packages that its extra asks for."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from local.doctor.finding import Finding, ok, warning, wrong
from local.platform.installed import REPOSITORY

GROUP = "packages"
PROJECT = "pagebus"

# What `make setup` installs; extras beyond it are for those who want them.
_STANDARD = "all"
# The command itself, the twin and the embedded platform.
_LOCAL = "local"


@dataclass(frozen=True)
class Installed:
    """A distribution: its version, and what it and its extras require."""

    version: str
    requires: tuple[Requirement, ...]


Look = Callable[[str], Installed | None]


def check() -> list[Finding]:
    names = [_LOCAL, *extras_of(REPOSITORY / "functions")]
    return [*_base(look), *(of_extra(name, look) for name in names)]


def look(name: str) -> Installed | None:
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return None
    return Installed(found.version, tuple(map(Requirement, found.requires or ())))


def extras_of(functions: Path) -> list[str]:
    """The extras that functions have by the names of their folders."""
    return sorted(main.parent.name.replace("_", "-") for main in functions.glob("*/main.py"))


def optional(look: Look = look) -> frozenset[str]:
    """Folders of functions that `make setup` does not install: they may lack what they need."""
    standard = set(_included(_STANDARD, look))
    return frozenset(name.replace("-", "_") for name in extras_of(REPOSITORY / "functions") if name not in standard)


def of_extra(name: str, look: Look) -> Finding:
    """Whether everything is there that an extra of the project asks for, and new enough."""
    lacking = sorted(set(_lacking_of_extra(PROJECT, name, look)))
    standard = name in _included(_STANDARD, look)
    if not lacking:
        return ok(GROUP, name, "all there")
    command = f'`python -m pip install -e ".[{name}]"`'
    if standard:
        return wrong(GROUP, name, "; ".join(lacking), f"Run `make setup`, or {command} beside pyproject.toml.")
    return warning(GROUP, name, "; ".join(lacking), f"To use it, run {command} beside pyproject.toml.")


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


def _base(look: Look) -> Iterator[Finding]:
    project = look(PROJECT)
    if project is None:
        yield wrong(GROUP, "base", f"{PROJECT} is not installed", "Run `make setup`.")
        return
    always = [one for one in project.requires if one.marker is None]
    found = [line for one in always for line in lacking(one, look)]
    if found:
        yield wrong(GROUP, "base", "; ".join(found), "Run `make setup`.")
    else:
        yield ok(GROUP, "base", "all there")


def _lacking_of_extra(distribution: str, name: str, look: Look) -> Iterator[str]:
    for one in _required(distribution, name, look):
        yield from lacking(one, look)


def _required(distribution: str, name: str, look: Look) -> Iterable[Requirement]:
    """What is required with the extra and not without."""
    found = look(distribution)
    for one in found.requires if found else ():
        if one.marker and one.marker.evaluate({"extra": name}) and not one.marker.evaluate({"extra": ""}):
            yield one


def _included(name: str, look: Look) -> Iterator[str]:
    """The extras of the project that one of them names, and those name."""
    yield name
    for one in _required(PROJECT, name, look):
        if canonicalize_name(one.name) == PROJECT:
            for inner in one.extras:
                yield from _included(inner, look)
