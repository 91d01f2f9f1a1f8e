"""What PostgreSQL says about dead letters, for who asks on a terminal."""

import json
from dataclasses import dataclass

from psycopg.rows import class_row

from local.cli.database import connection

_LONGEST = 100


@dataclass(frozen=True)
class Newest:
    """The newest dead letter, and how many there are with it. `code` is None when there was no answer."""

    letters: int
    type: str
    code: int | None
    text: str | None

    def __str__(self) -> str:
        lines = _detail(self.text or "").strip().splitlines()
        said = [self.type, str(self.code or "no answer"), lines[0].removeprefix(f"{self.type}: ") if lines else ""]
        told = " ".join(part for part in said if part)
        return told if len(told) <= _LONGEST else f"{told[: _LONGEST - 1]}…"


def _detail(text: str) -> str:
    """The sentence in an answer such as our functions give; others as they are."""
    try:
        return str(json.loads(text)["detail"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return text


def newest(database: str) -> Newest | None:
    """None when there are no dead letters."""
    query = """SELECT count(*) OVER () AS letters, type, error_code AS code, error_data AS text
        FROM dead_letters ORDER BY last_at DESC LIMIT 1"""
    with connection(database) as connected, connected.cursor(row_factory=class_row(Newest)) as cursor:
        return cursor.execute(query).fetchone()
