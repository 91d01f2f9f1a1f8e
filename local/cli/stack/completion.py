"""Shell completion of document ids from the running stack."""

from local.cli.queries import documents
from local.cli.shell.errors import CommandFailedError
from local.cli.stack import stack

_NEWEST = 30


def complete_document_id(incomplete: str) -> list[tuple[str, str]]:
    """Return the short ids of the newest 30 documents that start with the given digits, each with its state.

    Return an empty list if no stack runs.
    """
    try:
        database = stack.require_stack().endpoints.database
        newest = documents.list_newest(database, state=None, tenant=None, limit=_NEWEST)
    except (CommandFailedError, OSError):
        return []
    # Only ids: a shell may evaluate what it completes, and document names come from outside.
    return [(document.short_id, document.state) for document in newest if document.short_id.startswith(incomplete)]
