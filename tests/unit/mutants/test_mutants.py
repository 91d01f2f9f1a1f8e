"""Mutants change exactly one existing line, and name existing tests."""

import ast
from pathlib import Path

import pytest

from tests.kit import ROOT
from tests.mutants.mutant import Mutant, list_failed_tests
from tests.mutants.table import MUTANTS

every_mutant = pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
EXAMPLE = Mutant("example", "a.py", "one", "two", ("test_a.py",))


@every_mutant
def test_mutant_matches_one_line_and_keeps_valid_syntax(mutant: Mutant) -> None:
    wrong = mutant.apply((ROOT / mutant.file).read_text(encoding="utf-8"))

    assert wrong
    assert ast.parse(wrong)


@every_mutant
def test_tests_of_each_mutant_exist(mutant: Mutant) -> None:
    for test in mutant.tests:
        file, _, name = test.partition("::")
        assert name in (ROOT / Path(file)).read_text(encoding="utf-8")


def test_mutant_names_are_unique() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 10


@pytest.mark.parametrize("source", ["three", "one one"])
def test_mutant_without_exactly_one_match_does_not_apply(source: str) -> None:
    assert EXAMPLE.apply(source) is None


def test_mutant_changes_only_its_line() -> None:
    assert EXAMPLE.apply("a one b") == "a two b"


def test_failed_tests_are_read_from_pytests_summary() -> None:
    output = "F\n=== short test summary info ===\nFAILED tests/a.py::test_x[503] - assert 1 == 2\n1 failed in 0.1s\n"

    assert list_failed_tests(output) == ["test_x[503]"]
