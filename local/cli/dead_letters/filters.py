"""The options that select dead letters, the same for each command of `pagebus dead-letters`."""

from typing import Annotated

import typer

Type = Annotated[
    str | None, typer.Option("--type", help="Only events of this type, such as document.uploaded or 'page.*'.")
]
Code = Annotated[
    str | None, typer.Option(help="Only events that were refused with this HTTP status, such as 422; none: no answer.")
]
Source = Annotated[str | None, typer.Option(help="Only events of this CloudEvents source, such as /pagebus/intake.")]
Function = Annotated[str | None, typer.Option(help="Only events that this function refused, such as tesseract.")]
Since = Annotated[str | None, typer.Option(help="Only dead letters of the last 15m, 1h, 2d.")]
OfDocument = Annotated[
    str | None, typer.Option("--document", help="Only events about this document: its id, or the first digits.")
]
