"""Outputs of documents: their URLs from PostgreSQL, and their content from the object store."""

from collections import defaultdict
from collections.abc import Sequence
from functools import cache

from botocore.exceptions import BotoCoreError, ClientError

from events.document import OutputFormat
from local.cli.queries.connection import connect
from local.cli.shell.errors import CommandFailedError
from local.platform import buckets
from local.platform.endpoints import Endpoints

# Creating a client takes longer than fetching a text, so one client fetches all texts.
_client = cache(buckets.create_client)


def load_locations(database: str, document: str) -> dict[str, str]:
    """Return the URL (s3://bucket/key) of each output of a document, by format."""
    return load_locations_by_document(database, [document]).get(document, {})


def load_locations_by_document(database: str, ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the URL of each output by document id and format. Documents without an output are left out."""
    if not ids:
        return {}
    query = "SELECT document::text, format, dataref FROM outputs WHERE document = ANY(%s::uuid[])"
    locations: defaultdict[str, dict[str, str]] = defaultdict(dict)
    with connect(database) as connection:
        for document, name, url in connection.execute(query, [ids]):
            locations[document][name] = url
    return locations


def load_output(endpoints: Endpoints, document: str, output_format: OutputFormat) -> bytes:
    """Return one output of a document.

    Raise CommandFailedError if the document has no output in this format, or if the object store does not answer.
    """
    locations = load_locations(endpoints.database, document)
    if output_format not in locations:
        formats = ", ".join(sorted(locations)) or "nothing"
        raise CommandFailedError(
            f"{document} has no output as {output_format}; it was written as {formats}. Choose with `--format`."
        )
    return fetch_output(endpoints, locations[output_format])


def fetch_output(endpoints: Endpoints, url: str) -> bytes:
    """Return the object at a URL such as s3://bucket/key.

    Raise CommandFailedError if the object store does not answer.
    """
    bucket, _, key = url.removeprefix("s3://").partition("/")
    try:
        return bytes(_client(endpoints).get_object(Bucket=bucket, Key=key)["Body"].read())
    except (BotoCoreError, ClientError) as error:
        raise CommandFailedError(f"The object store did not return {url}: {error}. Try again.") from error
