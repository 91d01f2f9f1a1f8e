"""The command `pagebus text`: print a document's text or another output."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from events.document import OutputFormat
from local.cli.queries import documents, explanations, outputs, pages
from local.cli.shell.errors import UsageError
from local.cli.shell.screen import JsonOption, notes, print_content, print_json
from local.cli.stack import stack
from local.cli.stack.completion import complete_document_id

DocumentArgument = Annotated[
    str,
    typer.Argument(help="The id of a document. The first digits are enough.", autocompletion=complete_document_id),
]


def run_text(
    document: DocumentArgument,
    *,
    output_format: Annotated[
        OutputFormat, typer.Option("--format", help="The format of the output to print.")
    ] = OutputFormat.TEXT,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the output to this file, not to the terminal.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print a document's text, or its output in another format."""
    if output is not None and not output.parent.is_dir():
        raise UsageError(f"-o {output}: there is no folder {output.parent}. Create it, or choose another file.")
    endpoints = stack.require_stack().endpoints
    stored_document = documents.find_document(endpoints.database, document)
    explanations.require_text(endpoints.database, stored_document)
    content = outputs.load_output(endpoints, stored_document.document, output_format)
    if output is not None:
        output.write_bytes(content)
    if as_json:
        print_json(
            {
                "document": stored_document.document,
                "format": output_format,
                "failed": stored_document.failed,
                "low_confidence": stored_document.low_confidence,
                "each_page": [asdict(page) for page in pages.load_pages(endpoints.database, stored_document.document)],
                **({"file": str(output)} if output else {"text": content.decode()}),
            }
        )
        return
    if output is None:
        print_content(content)
    if shortfall := explanations.describe_shortfall(stored_document):
        notes.print(f"{shortfall} `pagebus status {stored_document.short_id}` has the details.", markup=False)
    if empty_pages := explanations.describe_empty_pages(endpoints.database, [stored_document]):
        notes.print(empty_pages[stored_document.document], markup=False)
