"""Waiting for documents while the database or the stack is down."""

from collections.abc import Callable

import pytest
from typer.testing import Result

from local.cli.queries import documents
from local.cli.queries.documents import Document
from local.cli.shell.errors import CommandFailedError
from local.cli.uploads import waiting
from tests.unit.cli.known import DONE, OPEN

Command = Callable[..., Result]


def test_wait_survives_a_database_failure(monkeypatch: pytest.MonkeyPatch, set_states: Callable[..., None]) -> None:
    set_states(DONE)
    answer, away = documents.find_by_ids, iter([True, False])

    def flaky(database: str, ids: list[str]) -> dict[str, Document]:
        if next(away):
            raise CommandFailedError("away")
        return answer(database, ids)

    monkeypatch.setattr(documents, "find_by_ids", flaky)

    assert waiting.wait_until_ended("", [OPEN], 60, lambda: None) == [DONE]


def test_wait_ends_if_the_stack_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise CommandFailedError("gone")

    monkeypatch.setattr(documents, "find_by_ids", fail)

    with pytest.raises(CommandFailedError, match="gone"):
        waiting.wait_until_ended("", [OPEN], 60, fail)
