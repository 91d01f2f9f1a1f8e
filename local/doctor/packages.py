"""Checks whether the packages that each function's extra requires are installed."""

from collections.abc import Iterator
from pathlib import Path

from local.doctor.finding import Finding, report_ok, report_warning, report_wrong
from local.extras import (
    PROJECT,
    STANDARD,
    FindDistribution,
    find_distribution,
    list_extra_problems,
    list_included_extras,
    list_requirement_problems,
)
from local.platform.installation import REPOSITORY

GROUP = "packages"

# The extra of the command line, the twin and the embedded platform.
_LOCAL = "local"


def check_packages() -> list[Finding]:
    """Return findings about the base requirements, the extra of local tools and the extra of each function."""
    extras = [_LOCAL, *list_function_extras(REPOSITORY / "functions")]
    return [*_check_base(find_distribution), *(check_extra(extra, find_distribution) for extra in extras)]


def list_function_extras(functions_folder: Path) -> list[str]:
    """Return the extras of the functions: the names of their folders, with hyphens instead of underscores."""
    return sorted(main.parent.name.replace("_", "-") for main in functions_folder.glob("*/main.py"))


def list_optional_functions(find: FindDistribution = find_distribution) -> frozenset[str]:
    """Return the folder names of functions whose extra `make setup` does not install. Their packages may be missing."""
    standard = set(list_included_extras(STANDARD, find))
    extras = list_function_extras(REPOSITORY / "functions")
    return frozenset(extra.replace("-", "_") for extra in extras if extra not in standard)


def check_extra(extra: str, find: FindDistribution) -> Finding:
    """Return a finding about whether all requirements of an extra are installed in suitable versions.

    `find` returns the installed distribution of a package, or None.
    """
    missing = list_extra_problems(extra, find)
    if not missing:
        return report_ok(GROUP, extra, "all installed")
    command = f'`python -m pip install -e ".[{extra}]"` in the folder of pyproject.toml'
    found = "; ".join(missing)
    if extra in list_included_extras(STANDARD, find):
        return report_wrong(GROUP, extra, found, f"Run `make setup`, or {command}.")
    return report_warning(GROUP, extra, found, f"To use it, run `make models`, or {command}.")


def _check_base(find: FindDistribution) -> Iterator[Finding]:
    project = find(PROJECT)
    if project is None:
        yield report_wrong(GROUP, "base", f"{PROJECT} is not installed", "Run `make setup`.")
        return
    # A requirement without a marker belongs to no extra.
    requirements = [requirement for requirement in project.requires if requirement.marker is None]
    missing = [line for requirement in requirements for line in list_requirement_problems(requirement, find)]
    if missing:
        yield report_wrong(GROUP, "base", "; ".join(missing), "Run `make setup`.")
    else:
        yield report_ok(GROUP, "base", "all installed")
