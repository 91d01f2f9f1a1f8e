"""What a shell offers for the beginning of a word."""

from local.cli import documents, stack
from local.cli import home as homes
from local.cli.errors import Failed

_NEWEST = 30


def document_ids(incomplete: str) -> list[tuple[str, str]]:
    """The newest documents, each with its state; none where nothing is up."""
    try:
        database = stack.required(homes.find()).started.endpoints.database
        newest = documents.newest(database, state=None, tenant=None, limit=_NEWEST)
    except (Failed, OSError):
        return []
    # Not their names, which are strangers': a shell evaluates what it is offered.
    return [(one.short, one.state) for one in newest if one.short.startswith(incomplete)]
