"""Packages are judged by what the extras of the project say, whatever is installed here."""

from pathlib import Path

from packaging.requirements import Requirement

from local.doctor import packages
from local.extras import Installed, Look


def shelf(*pagebus: str, **others: tuple[str, list[str]]) -> Look:
    """A place where these are installed: name=(version, requirements)."""
    found = {"pagebus": ("1.0", list(pagebus)), **{name.replace("_", "-"): value for name, value in others.items()}}

    def look(name: str) -> Installed | None:
        if name not in found:
            return None
        version, requires = found[name]
        return Installed(version, tuple(map(Requirement, requires)))

    return look


def test_what_is_missing_or_too_old_is_named_with_the_command_that_installs_it() -> None:
    here = shelf(
        'reader>=2; extra == "read"', 'shared>=1; extra == "read"', 'pagebus[read]; extra == "all"', shared=("0.9", [])
    )

    found = packages.of_extra("read", here)

    assert found.state == "wrong"
    assert found.found == "reader is missing; shared 0.9 is not >=1"
    assert "make setup" in found.advice
    assert 'pip install -e ".[read]"' in found.advice


def test_an_extra_is_followed_through_other_extras_of_the_project_and_of_others() -> None:
    here = shelf(
        'pagebus[database]; extra == "keep"',
        'driver[pool]>=3; extra == "database"',
        driver=("3.1", ['driver-pool>=1; extra == "pool"', 'driver-odd; extra == "odd"']),
    )

    assert packages.of_extra("keep", here).found == "driver-pool is missing"


def test_what_is_there_is_well_and_other_systems_need_nothing_here() -> None:
    here = shelf('reader; extra == "read"', 'windows; sys_platform == "win32" and extra == "read"', reader=("2", []))

    assert packages.of_extra("read", here).state == "ok"


def test_an_extra_that_make_setup_does_not_install_is_no_more_than_a_warning() -> None:
    here = shelf('huge; extra == "vision"', 'pagebus[read]; extra == "all"')

    found = packages.of_extra("vision", here)

    assert found.state == "warning"
    assert "make setup" not in found.advice


def test_functions_are_known_by_their_folders(tmp_path: Path) -> None:
    for name in ("dead_letter", "intake"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.py").touch()
    (tmp_path / "runtime").mkdir()

    assert packages.extras_of(tmp_path) == ["dead-letter", "intake"]


def test_here_where_these_tests_run_every_function_of_the_product_has_what_it_needs() -> None:
    found = packages.check()

    assert {finding.state for finding in found if finding.check not in packages.optional()} == {"ok"}
    assert {"base", "local", "intake", "dead-letter", "tesseract"} <= {finding.check for finding in found}
