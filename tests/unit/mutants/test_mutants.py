"""Mutants aim at lines that are there, at tests that are there, and are told apart from what only looks like them."""

import ast
from pathlib import Path

import pytest

from tests.kit import ROOT
from tests.mutants.mutant import Mutant, failed
from tests.mutants.table import MUTANTS

every_mutant = pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
EXAMPLE = Mutant("example", "a.py", "one", "two", ("test_a.py",))


@every_mutant
def test_a_mutant_aims_at_a_line_that_is_there_once_and_leaves_a_program(mutant: Mutant) -> None:
    wrong = mutant.applied((ROOT / mutant.file).read_text(encoding="utf-8"))

    assert wrong
    assert ast.parse(wrong)


@every_mutant
def test_the_tests_of_a_mutant_are_there(mutant: Mutant) -> None:
    for test in mutant.tests:
        file, _, name = test.partition("::")
        assert name in (ROOT / Path(file)).read_text(encoding="utf-8")


def test_no_two_mutants_have_a_name_in_common() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 10


@pytest.mark.parametrize("source", ["three", "one one"])
def test_a_mutant_whose_line_is_gone_or_there_twice_does_not_apply(source: str) -> None:
    assert EXAMPLE.applied(source) is None


def test_a_mutant_changes_its_line_and_nothing_else() -> None:
    assert EXAMPLE.applied("a one b") == "a two b"


def test_who_killed_a_mutant_is_read_from_the_summary_of_pytest() -> None:
    output = "F\n=== short test summary info ===\nFAILED tests/a.py::test_x[503] - assert 1 == 2\n1 failed in 0.1s\n"

    assert failed(output) == ["test_x[503]"]
