"""Findings about the packages of extras, for different sets of installed packages."""

from pathlib import Path

from packaging.requirements import Requirement

from local.doctor import packages
from local.extras import FindDistribution, InstalledDistribution


def install(*pagebus: str, **others: tuple[str, list[str]]) -> FindDistribution:
    """Return a `find` function for these installed packages: name=(version, requirements).

    `pagebus` has the requirements of the project.
    """
    installed = {"pagebus": ("1.0", list(pagebus)), **{name.replace("_", "-"): value for name, value in others.items()}}

    def find(name: str) -> InstalledDistribution | None:
        if name not in installed:
            return None
        version, requires = installed[name]
        return InstalledDistribution(version, tuple(map(Requirement, requires)))

    return find


def test_missing_and_old_packages_are_named_with_a_command() -> None:
    find = install(
        'reader>=2; extra == "read"', 'shared>=1; extra == "read"', 'pagebus[read]; extra == "all"', shared=("0.9", [])
    )

    found = packages.check_extra("read", find)

    assert found.state == "wrong"
    assert found.found == "reader is missing; shared 0.9 is not >=1"
    assert "make setup" in found.advice
    assert 'pip install -e ".[read]"' in found.advice


def test_extra_includes_extras_of_other_packages() -> None:
    find = install(
        'pagebus[database]; extra == "keep"',
        'driver[pool]>=3; extra == "database"',
        driver=("3.1", ['driver-pool>=1; extra == "pool"', 'driver-odd; extra == "odd"']),
    )

    assert packages.check_extra("keep", find).found == "driver-pool is missing"


def test_requirements_of_other_systems_are_ignored() -> None:
    find = install('reader; extra == "read"', 'windows; sys_platform == "win32" and extra == "read"', reader=("2", []))

    assert packages.check_extra("read", find).state == "ok"


def test_missing_optional_extra_is_a_warning() -> None:
    find = install('huge; extra == "vision"', 'pagebus[read]; extra == "all"')

    found = packages.check_extra("vision", find)

    assert found.state == "warning"
    assert "make setup" not in found.advice


def test_extras_are_named_like_function_folders(tmp_path: Path) -> None:
    for name in ("dead_letter", "intake"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.py").touch()
    (tmp_path / "runtime").mkdir()

    assert packages.list_function_extras(tmp_path) == ["dead-letter", "intake"]


def test_all_standard_packages_are_installed_here() -> None:
    found = packages.check_packages()

    assert {finding.state for finding in found if finding.check not in packages.list_optional_functions()} == {"ok"}
    assert {"base", "local", "intake", "dead-letter", "tesseract"} <= {finding.check for finding in found}
