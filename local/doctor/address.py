"""Where a server is, in words that hold no password."""

import re

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

_HIDDEN = "…"


def of_url(url: str) -> str:
    """A URL without user, password and query."""
    return re.sub("//[^/@]*@", "//", url.partition("?")[0])


def of_database(url: str) -> str | None:
    """host:port/database; None for what is no connection URL."""
    try:
        said = conninfo_to_dict(url)
    except ProgrammingError:
        return None
    return f"{said.get('host', 'localhost')}:{said.get('port', 5432)}/{said.get('dbname', '')}"


def password_of(url: str) -> str | None:
    """Of a connection URL that can be read."""
    said = conninfo_to_dict(url).get("password")
    return str(said) if said else None


def without(text: str, *secrets: str | None) -> str:
    """A server's or a library's own words, in one line, with the secrets taken out."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, _HIDDEN)
    return " ".join(text.split())
