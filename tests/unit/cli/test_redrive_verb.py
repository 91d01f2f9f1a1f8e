"""`pagebus dead-letters redrive` does nothing that was not asked for, and says what it did."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from typer.testing import Result

from local.cli import kafka
from local.cli.dead_letters import letterbox, origins, sending
from local.cli.dead_letters import redrive as verb
from local.cli.dead_letters.sending import Done, Verdict
from local.cli.errors import Failed

Command = Callable[..., Result]
LETTERS = [UUID(int=number) for number in range(1, 31)]
TYPE = "io.pagebus.document.uploaded.v1"


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[UUID]]:
    """Let these letters be the chosen ones, with these ends; returns those that are sent."""

    def there(*ends: Done) -> list[UUID]:
        sent: list[UUID] = []
        by_id = {UUID(end.letter): end for end in ends}

        def send_again(_: object, letter: UUID, *__: object) -> Done:
            sent.append(letter)
            return by_id[letter]

        monkeypatch.setattr(letterbox, "chosen", lambda *_: list(by_id))
        monkeypatch.setattr(origins, "running_feeds", lambda _: {})
        monkeypatch.setattr(verb, "connection", _nowhere)
        monkeypatch.setattr(sending, "redrive", send_again)
        return sent

    return there


@contextmanager
def _nowhere(_: str) -> Iterator[None]:
    yield None


def done(number: int, verdict: Verdict = Verdict.SENT, why: str | None = None) -> Done:
    return Done(str(UUID(int=number)), verdict, TYPE, "pagebus.uploads" if why is None else None, why)


def test_without_letters_or_filters_it_says_how_to_name_all(pagebus: Command) -> None:
    result = pagebus("dead-letters", "redrive")

    assert result.exit_code == 2
    assert "--all" in result.stderr


@pytest.mark.usefixtures("up")
def test_many_are_not_sent_where_nobody_can_be_asked(pagebus: Command, letters: Callable[..., list[UUID]]) -> None:
    sent = letters(done(1), done(2))

    for chosen in (["--all"], ["--function", "intake"]):
        result = pagebus("dead-letters", "redrive", *chosen)
        assert result.exit_code == 2
        assert "2 dead letters would be sent. Say --yes" in result.stderr
    assert sent == []


@pytest.mark.usefixtures("up")
def test_each_letter_is_told_with_its_end_and_all_are_counted(
    pagebus: Command, letters: Callable[..., list[UUID]]
) -> None:
    letters(done(1), done(2, Verdict.SKIPPED, "already sent"), done(3))

    result = pagebus("dead-letters", "redrive", "--all", "--yes")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "00000000  document.uploaded  sent to pagebus.uploads",
        "00000000  document.uploaded  skipped: already sent",
        "00000000  document.uploaded  sent to pagebus.uploads",
    ]
    assert "2 sent, 1 skipped." in result.stderr


@pytest.mark.usefixtures("up")
def test_of_many_only_those_are_told_that_were_not_sent(pagebus: Command, letters: Callable[..., list[UUID]]) -> None:
    letters(*map(done, range(1, 30)), done(30, Verdict.FAILED, "no topic"))

    result = pagebus("dead-letters", "redrive", "--all", "--yes")

    assert result.exit_code == 1
    assert result.stdout == "00000000  document.uploaded  could not be sent: no topic\n"
    assert "29 sent, 1 could not be sent." in result.stderr


@pytest.mark.usefixtures("up")
def test_as_json_every_letter_has_its_end(pagebus: Command, letters: Callable[..., list[UUID]]) -> None:
    letters(done(1))

    assert json.loads(pagebus("dead-letters", "redrive", "--all", "--yes", "--json").stdout) == [
        {"letter": str(UUID(int=1)), "verdict": "sent", "type": TYPE, "topic": "pagebus.uploads", "why": None}
    ]


@pytest.mark.usefixtures("up")
def test_when_kafka_takes_no_more_it_says_how_far_it_came(
    pagebus: Command, letters: Callable[..., list[UUID]], monkeypatch: pytest.MonkeyPatch
) -> None:
    letters(done(1), done(2))
    ahead = iter([done(1)])

    def send_again(*_: object) -> Done:
        if (sent := next(ahead, None)) is None:
            raise Failed("Kafka did not acknowledge it.")
        return sent

    monkeypatch.setattr(sending, "redrive", send_again)

    result = pagebus("dead-letters", "redrive", "--all", "--yes")

    assert result.exit_code == 1
    assert "Stopped after 1 of 2: 1 sent." in result.stderr
    assert "Kafka did not acknowledge it." in result.stderr


@pytest.mark.usefixtures("up")
def test_a_rate_spreads_letters_over_time(
    pagebus: Command, letters: Callable[..., list[UUID]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, now, slept = letters(done(1), done(2), done(3)), 0.0, []

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        slept.append(seconds)

    monkeypatch.setattr(verb, "sleep", sleep)
    monkeypatch.setattr(verb, "monotonic", lambda: now)

    assert pagebus("dead-letters", "redrive", "--all", "--yes", "--rate", "2/s").exit_code == 0
    assert (len(sent), slept) == (3, [0, 0.5, 0.5])


@pytest.mark.usefixtures("up")
def test_a_topic_that_is_not_there_is_not_made(
    pagebus: Command, letters: Callable[..., list[UUID]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = letters(done(1))
    monkeypatch.setattr(kafka, "has_topic", lambda *_: False)

    result = pagebus("dead-letters", "redrive", "--all", "--yes", "--topic", "pagebus.uplaods")

    assert (result.exit_code, sent) == (2, [])
    assert "there is no such topic" in result.stderr


@pytest.mark.usefixtures("up")
def test_where_no_letter_is_meant_nothing_is_done(pagebus: Command, letters: Callable[..., list[UUID]]) -> None:
    letters()

    result = pagebus("dead-letters", "redrive", "--since", "1h")

    assert result.exit_code == 0
    assert "No such dead letters." in result.stderr
