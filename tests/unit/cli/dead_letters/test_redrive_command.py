"""The options and the output of `pagebus dead-letters redrive`."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from typer.testing import Result

from local.cli.dead_letters import origins, redelivery, redrive
from local.cli.dead_letters.redelivery import RedriveResult, RedriveVerdict
from local.cli.queries import dead_letters
from local.cli.shell.errors import CommandFailedError
from local.cli.stack import kafka

Command = Callable[..., Result]
LETTERS = [UUID(int=number) for number in range(1, 31)]
TYPE = "io.pagebus.document.uploaded.v1"


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[UUID]]:
    """Return a function that sets the results of the selected letters, and returns the list of letters sent later."""

    def set_results(*results: RedriveResult) -> list[UUID]:
        sent: list[UUID] = []
        by_id = {UUID(result.letter): result for result in results}

        def send_again(_: object, letter: UUID, *__: object) -> RedriveResult:
            sent.append(letter)
            return by_id[letter]

        monkeypatch.setattr(dead_letters, "select_ids", lambda *_: list(by_id))
        monkeypatch.setattr(origins, "load_topics_by_url", lambda _: {})
        monkeypatch.setattr(redrive, "connect", _connect_nowhere)
        monkeypatch.setattr(redelivery, "redrive_letter", send_again)
        return sent

    return set_results


@contextmanager
def _connect_nowhere(_: str) -> Iterator[None]:
    yield None


def create_result(number: int, verdict: RedriveVerdict = RedriveVerdict.SENT, why: str | None = None) -> RedriveResult:
    return RedriveResult(str(UUID(int=number)), verdict, TYPE, "pagebus.uploads" if why is None else None, why)


def test_no_selection_is_refused_and_mentions_all(pagebus: Command) -> None:
    result = pagebus("dead-letters", "redrive")

    assert result.exit_code == 2
    assert "--all" in result.stderr


@pytest.mark.usefixtures("up")
def test_several_letters_need_yes_without_a_terminal(pagebus: Command, letters: Callable[..., list[UUID]]) -> None:
    sent = letters(create_result(1), create_result(2))

    for chosen in (["--all"], ["--function", "intake"]):
        result = pagebus("dead-letters", "redrive", *chosen)
        assert result.exit_code == 2
        assert "2 dead letters would be sent. Add --yes" in result.stderr
    assert sent == []


@pytest.mark.usefixtures("up")
def test_each_result_is_printed_and_counted(pagebus: Command, letters: Callable[..., list[UUID]]) -> None:
    letters(create_result(1), create_result(2, RedriveVerdict.SKIPPED, "already sent"), create_result(3))

    result = pagebus("dead-letters", "redrive", "--all", "--yes")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "00000000  document.uploaded  sent to pagebus.uploads",
        "00000000  document.uploaded  skipped: already sent",
        "00000000  document.uploaded  sent to pagebus.uploads",
    ]
    assert "2 sent, 1 skipped." in result.stderr


@pytest.mark.usefixtures("up")
def test_of_many_results_only_failures_are_printed(pagebus: Command, letters: Callable[..., list[UUID]]) -> None:
    letters(*map(create_result, range(1, 30)), create_result(30, RedriveVerdict.FAILED, "no topic"))

    result = pagebus("dead-letters", "redrive", "--all", "--yes")

    assert result.exit_code == 1
    assert result.stdout == "00000000  document.uploaded  could not be sent: no topic\n"
    assert "29 sent, 1 could not be sent." in result.stderr


@pytest.mark.usefixtures("up")
def test_json_has_a_result_per_letter(pagebus: Command, letters: Callable[..., list[UUID]]) -> None:
    letters(create_result(1))

    assert json.loads(pagebus("dead-letters", "redrive", "--all", "--yes", "--json").stdout) == [
        {"letter": str(UUID(int=1)), "verdict": "sent", "type": TYPE, "topic": "pagebus.uploads", "why": None}
    ]


@pytest.mark.usefixtures("up")
def test_kafka_failure_reports_letters_sent_so_far(
    pagebus: Command, letters: Callable[..., list[UUID]], monkeypatch: pytest.MonkeyPatch
) -> None:
    letters(create_result(1), create_result(2))
    results = iter([create_result(1)])

    def send_again(*_: object) -> RedriveResult:
        if (sent := next(results, None)) is None:
            raise CommandFailedError("Kafka did not acknowledge it.")
        return sent

    monkeypatch.setattr(redelivery, "redrive_letter", send_again)

    result = pagebus("dead-letters", "redrive", "--all", "--yes")

    assert result.exit_code == 1
    assert "Stopped after 1 of 2: 1 sent." in result.stderr
    assert "Kafka did not acknowledge it." in result.stderr


@pytest.mark.usefixtures("up")
def test_rate_limits_letters_per_second(
    pagebus: Command, letters: Callable[..., list[UUID]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, now, slept = letters(create_result(1), create_result(2), create_result(3)), 0.0, []

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        slept.append(seconds)

    monkeypatch.setattr(redrive, "sleep", sleep)
    monkeypatch.setattr(redrive, "monotonic", lambda: now)

    assert pagebus("dead-letters", "redrive", "--all", "--yes", "--rate", "2/s").exit_code == 0
    assert (len(sent), slept) == (3, [0, 0.5, 0.5])


@pytest.mark.usefixtures("up")
def test_missing_topic_is_not_created(
    pagebus: Command, letters: Callable[..., list[UUID]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = letters(create_result(1))
    monkeypatch.setattr(kafka, "has_topic", lambda *_: False)

    result = pagebus("dead-letters", "redrive", "--all", "--yes", "--topic", "pagebus.uplaods")

    assert (result.exit_code, sent) == (2, [])
    assert "this topic does not exist" in result.stderr


@pytest.mark.usefixtures("up")
def test_no_matching_letter_sends_nothing(pagebus: Command, letters: Callable[..., list[UUID]]) -> None:
    letters()

    result = pagebus("dead-letters", "redrive", "--since", "1h")

    assert result.exit_code == 0
    assert "No dead letters match." in result.stderr
