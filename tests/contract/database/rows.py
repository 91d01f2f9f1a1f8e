"""What a test asks the database itself."""

from typing import Any

from functions.runtime.database import Database
from tests.unit.persistence.outcomes import Made


def rows(database: Database, query: str, *values: Any) -> list[dict[str, Any]]:
    with database.transaction() as connection:
        return connection.execute(query.encode(), values).fetchall()


def execute(database: Database, statement: str, *values: Any) -> None:
    with database.transaction() as connection:
        connection.execute(statement.encode(), values)


def document_row(database: Database, made: Made) -> dict[str, Any]:
    (row,) = rows(database, "SELECT * FROM documents WHERE document = %s", made.origin["document"])
    return row
