"""Shell completion of document ids from the running stack."""

from local.cli.queries import documents
from local.cli.shell.errors import CommandFailedError
from local.cli.stack import stack

_MAX_DOCUMENTS = 30


def complete_document_id(incomplete: str) -> list[tuple[str, str]]:
    """Return pairs of short id and state, for the ids that start with `incomplete` among the newest 30 documents.

    Return an empty list if no stack runs.
    """
    try:
        database = stack.require_stack().endpoints.database
        newest = documents.list_newest(database, state=None, tenant=None, limit=_MAX_DOCUMENTS)
    except (CommandFailedError, OSError):
        return []
    # The result has no names of documents: names come from outside, and a shell may evaluate a completion.
    return [(document.short_id, document.state) for document in newest if document.short_id.startswith(incomplete)]
