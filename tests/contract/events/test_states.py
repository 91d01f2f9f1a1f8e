"""The database allows the states that the contract knows, and no others."""

import re
from pathlib import Path

from events.states import ENDED, DocumentState, PageState

TABLES = Path(__file__).parents[3] / "infra" / "postgres" / "migrations" / "0001_create_documents.sql"
_TABLE = re.compile(r"CREATE TABLE (\w+) \((.*?)\n\);", re.DOTALL)
_CHECK = re.compile(r"\bstate text\b[^,]*?CHECK \(\s*state IN \(([^)]*)\)\s*\)")
_UNFINISHED = re.compile(r"CREATE INDEX documents_unfinished .* WHERE state IN \(([^)]*)\);")


def states(table: str) -> list[str]:
    """What the table's CHECK allows."""
    columns = dict(_TABLE.findall(TABLES.read_text(encoding="utf-8")))[table]
    [allowed] = _CHECK.findall(columns)
    return re.findall(r"'(\w+)'", allowed)


def test_a_documents_row_stands_where_a_document_can_stand() -> None:
    assert states("documents") == list(DocumentState)


def test_a_pages_row_stands_where_a_page_can_stand() -> None:
    assert states("pages") == list(PageState)


def test_what_is_indexed_as_unfinished_is_what_has_not_ended() -> None:
    [unfinished] = _UNFINISHED.findall(TABLES.read_text(encoding="utf-8"))
    assert set(re.findall(r"'(\w+)'", unfinished)) == set(DocumentState) - ENDED
