"""Whether each function finds the packages that its extra asks for."""

from collections.abc import Iterator
from pathlib import Path

from local.doctor.finding import Finding, ok, warning, wrong
from local.extras import PROJECT, STANDARD, Look, included, lacking, lacking_of_extra, look
from local.platform.installed import REPOSITORY

GROUP = "packages"

# The command itself, the twin and the embedded platform.
_LOCAL = "local"


def check() -> list[Finding]:
    names = [_LOCAL, *extras_of(REPOSITORY / "functions")]
    return [*_base(look), *(of_extra(name, look) for name in names)]


def extras_of(functions: Path) -> list[str]:
    """The extras that functions have by the names of their folders."""
    return sorted(main.parent.name.replace("_", "-") for main in functions.glob("*/main.py"))


def optional(look: Look = look) -> frozenset[str]:
    """Folders of functions that `make setup` does not install: they may lack what they need."""
    standard = set(included(STANDARD, look))
    return frozenset(name.replace("-", "_") for name in extras_of(REPOSITORY / "functions") if name not in standard)


def of_extra(name: str, look: Look) -> Finding:
    """Whether everything is there that an extra of the project asks for, and new enough."""
    missing = lacking_of_extra(name, look)
    standard = name in included(STANDARD, look)
    if not missing:
        return ok(GROUP, name, "all there")
    command = f'`python -m pip install -e ".[{name}]"`'
    if standard:
        return wrong(GROUP, name, "; ".join(missing), f"Run `make setup`, or {command} beside pyproject.toml.")
    return warning(
        GROUP, name, "; ".join(missing), f"To use it, run `make models`, or {command} beside pyproject.toml."
    )


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
