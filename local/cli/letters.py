"""What PostgreSQL says about dead letters, for who asks on a terminal."""

import base64
import binascii
import json
from dataclasses import dataclass

from psycopg.rows import class_row

from local.cli.database import connection
from local.cli.screen import one_line

_LONGEST = 100


@dataclass(frozen=True)
class Newest:
    """The newest dead letter, and how many there are with it. `code` is None when there was no answer."""

    letters: int
    type: str
    code: int | None
    text: str | None

    def __str__(self) -> str:
        said = [self.type, str(self.code or "no answer"), sentence(self.text or "", self.type)]
        return one_line(" ".join(part for part in said if part), _LONGEST)


def sentence(text: str, event_type: str) -> str:
    """The answer of who refused it, in a line that does not repeat the type."""
    lines = detail(text).strip().splitlines()
    return one_line(lines[0].removeprefix(f"{event_type}: "), _LONGEST) if lines else ""


def detail(text: str) -> str:
    """The sentence in an answer such as our functions give; others as they are."""
    try:
        return str(json.loads(text)["detail"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return text


def decoded(text: str) -> str:
    """An answer out of the attribute that Knative writes it into."""
    try:
        return base64.b64decode(text, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return text


def newest(database: str) -> Newest | None:
    """None when there are no dead letters."""
    query = """SELECT count(*) OVER () AS letters, type, error_code AS code, error_data AS text
        FROM dead_letters ORDER BY last_at DESC LIMIT 1"""
    with connection(database) as connected, connected.cursor(row_factory=class_row(Newest)) as cursor:
        return cursor.execute(query).fetchone()
