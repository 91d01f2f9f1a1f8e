"""`pagebus --help` shows every verb once, in the order in which people need them."""

import re
from collections.abc import Callable

import pytest
from typer.testing import Result

from local.cli import completion, documents
from local.cli.documents import Document
from local.cli.main import app

Command = Callable[..., Result]


def test_verbs_stand_in_sections_with_the_first_ones_first(pagebus: Command) -> None:
    said = pagebus("--help").stdout

    places = [
        said.index(title) for title in ("Start and stop:", "\n  up ", "Read documents:", "\n  submit ", "\n  watch ")
    ]
    assert places == sorted(places)
    assert "PAGEBUS_HOME" in said


@pytest.mark.parametrize("verb", [[], ["submit"], ["dead-letters"], ["dead-letters", "show"]])
def test_help_has_a_short_name_everywhere(pagebus: Command, verb: list[str]) -> None:
    assert pagebus(*verb, "-h").stdout == pagebus(*verb, "--help").stdout != ""


def test_no_verb_is_left_out_or_shown_twice(pagebus: Command) -> None:
    shown = re.findall(r"^  ([a-z][a-z-]*)  ", pagebus("--help").stdout, re.MULTILINE)

    named = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
    assert sorted(shown) == sorted([*named, *(str(group.name) for group in app.registered_groups)])


def test_every_verb_of_the_dead_letters_takes_json(pagebus: Command) -> None:
    for verb in ("list", "show", "redrive"):
        assert "--json" in pagebus("dead-letters", verb, "--help").stdout


@pytest.mark.usefixtures("up")
def test_a_shell_is_offered_ids_and_nothing_that_a_stranger_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = ("0f3a9c1e-0000-5000-8000-000000000001", "0f000000-0000-5000-8000-000000000001", "1f")
    newest = [Document(one, "acme", 'in/acme/"; $(reboot)', "open") for one in ids]
    monkeypatch.setattr(documents, "newest", lambda *_, **__: newest)

    assert completion.document_ids("0f") == [("0f3a9c1e", "open"), ("0f000000", "open")]


def test_a_shell_is_offered_nothing_where_nothing_is_up(home: object) -> None:
    assert home
    assert completion.document_ids("0f") == []
