"""Help of the commands, and shell completion."""

import re
from collections.abc import Callable

import pytest
from typer.testing import Result

from functions.intake.settings import IntakeSettings
from local.cli.main import app
from local.cli.queries import documents
from local.cli.queries.documents import Document
from local.cli.stack import completion

Command = Callable[..., Result]


def test_help_lists_commands_in_sections(pagebus: Command) -> None:
    output = pagebus("--help").stdout

    places = [
        output.index(title) for title in ("Start and stop:", "\n  up ", "Read documents:", "\n  submit ", "\n  watch ")
    ]
    assert places == sorted(places)
    assert "PAGEBUS_HOME" in output


@pytest.mark.parametrize("command", [[], ["submit"], ["dead-letters"], ["dead-letters", "show"]])
def test_short_help_option_works_everywhere(pagebus: Command, command: list[str]) -> None:
    assert pagebus(*command, "-h").stdout == pagebus(*command, "--help").stdout != ""


def test_help_lists_each_command_once(pagebus: Command) -> None:
    shown = re.findall(r"^  ([a-z][a-z-]*)  ", pagebus("--help").stdout, re.MULTILINE)

    named = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
    assert sorted(shown) == sorted([*named, *(str(group.name) for group in app.registered_groups)])


def test_help_of_submit_has_the_defaults_of_intake(pagebus: Command) -> None:
    defaults = {name: field.default for name, field in IntakeSettings.model_fields.items()}
    expected = [defaults["languages"], defaults["route"], defaults["outputs"], str(defaults["min_confidence"])]

    output = " ".join(pagebus("submit", "--help").stdout.split())

    assert [default for default in expected if f"[default: {default}*]" not in output] == []
    assert defaults["consensus"] is False
    assert "[default: --no-consensus*]" in output


def test_dead_letters_commands_have_a_json_option(pagebus: Command) -> None:
    for command in ("list", "show", "redrive"):
        assert "--json" in pagebus("dead-letters", command, "--help").stdout


@pytest.mark.usefixtures("up")
def test_completion_returns_only_ids_and_states(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = ("0f3a9c1e-0000-5000-8000-000000000001", "0f000000-0000-5000-8000-000000000001", "1f")
    newest = [Document(each, "acme", 'in/acme/"; $(reboot)', "open") for each in ids]
    monkeypatch.setattr(documents, "list_newest", lambda *_, **__: newest)

    assert completion.complete_document_id("0f") == [("0f3a9c1e", "open"), ("0f000000", "open")]


def test_completion_without_a_stack_is_empty(home: object) -> None:
    assert home
    assert completion.complete_document_id("0f") == []
