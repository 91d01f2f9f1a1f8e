"""The flags that say which dead letters are meant, the same for every verb."""

from typing import Annotated

import typer

Type = Annotated[str | None, typer.Option("--type", help="Only these events, such as document.uploaded or 'page.*'.")]
Code = Annotated[str | None, typer.Option(help="Only those answered with this status, such as 422; none: no answer.")]
Source = Annotated[str | None, typer.Option(help="Only what came from this source, such as /pagebus/intake.")]
Function = Annotated[str | None, typer.Option(help="Only what this function did not take, such as tesseract.")]
Since = Annotated[str | None, typer.Option(help="Only what came in the last 15m, 1h, 2d.")]
OfDocument = Annotated[
    str | None, typer.Option("--document", help="Only about this document: its id, or the beginning.")
]
