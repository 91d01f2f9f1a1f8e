"""The database allows exactly the states of the contract."""

import re
from pathlib import Path

from events.states import TERMINAL_STATES, DocumentState, PageState

TABLES = Path(__file__).parents[3] / "infra" / "postgres" / "migrations" / "0001_create_documents.sql"
_TABLE = re.compile(r"CREATE TABLE (\w+) \((.*?)\n\);", re.DOTALL)
_CHECK = re.compile(r"\bstate text\b[^,]*?CHECK \(\s*state IN \(([^)]*)\)\s*\)")
_UNFINISHED = re.compile(r"CREATE INDEX documents_unfinished .* WHERE state IN \(([^)]*)\);")


def list_allowed_states(table: str) -> list[str]:
    """Return the states that the table's CHECK allows."""
    columns = dict(_TABLE.findall(TABLES.read_text(encoding="utf-8")))[table]
    [allowed] = _CHECK.findall(columns)
    return re.findall(r"'(\w+)'", allowed)


def test_documents_table_allows_all_document_states() -> None:
    assert list_allowed_states("documents") == list(DocumentState)


def test_pages_table_allows_all_page_states() -> None:
    assert list_allowed_states("pages") == list(PageState)


def test_index_of_unfinished_documents_has_all_nonterminal_states() -> None:
    [unfinished] = _UNFINISHED.findall(TABLES.read_text(encoding="utf-8"))
    assert set(re.findall(r"'(\w+)'", unfinished)) == set(DocumentState) - TERMINAL_STATES
