"""Server addresses and error texts without secrets."""

import re

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

_REDACTED = "…"


def redact_url(url: str) -> str:
    """Return the URL without user, password and query."""
    return re.sub("//[^/@]*@", "//", url.partition("?")[0])


def describe_database(url: str) -> str | None:
    """Return host:port/database of a PostgreSQL connection URL, or None if the text is not a connection URL."""
    try:
        parameters = conninfo_to_dict(url)
    except ProgrammingError:
        return None
    return f"{parameters.get('host', 'localhost')}:{parameters.get('port', 5432)}/{parameters.get('dbname', '')}"


def extract_password(url: str) -> str | None:
    """Return the password in a valid connection URL, or None if it has no password."""
    password = conninfo_to_dict(url).get("password")
    return str(password) if password else None


def redact_text(text: str, *secrets: str | None) -> str:
    """Return an error text as one line, with an ellipsis in place of each secret. A secret that is None is ignored."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, _REDACTED)
    return " ".join(text.split())
