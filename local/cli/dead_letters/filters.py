"""The options that select dead letters: `pagebus dead-letters list` and `redrive` share them."""

from typing import Annotated

import typer

TypeOption = Annotated[
    str | None, typer.Option("--type", help="Only events of this type, such as document.uploaded or 'page.*'.")
]
CodeOption = Annotated[
    str | None,
    typer.Option(
        help="Only events that were refused with this HTTP status, such as 422. none: only events without an answer."
    ),
]
SourceOption = Annotated[
    str | None, typer.Option(help="Only events whose CloudEvents source is this, such as /pagebus/intake.")
]
FunctionOption = Annotated[str | None, typer.Option(help="Only events that this function refused, such as tesseract.")]
SinceOption = Annotated[
    str | None, typer.Option(help="Only events that failed within this last period, such as 15m, 1h or 2d.")
]
DocumentOption = Annotated[
    str | None,
    typer.Option("--document", help="Only events about the document with this id. The first digits are enough."),
]
