"""The `pagebus` command."""

import sys
import traceback
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from local.cli.down import down
from local.cli.env import env
from local.cli.errors import CommandError, Failed, Impossible
from local.cli.home import find
from local.cli.screen import hush
from local.cli.status import status
from local.cli.submit import submit
from local.cli.text import text
from local.cli.up import up
from local.platform import PlatformError
from local.twin.manifests import ManifestError


class _Verbs(TyperGroup):
    def invoke(self, ctx: Any) -> Any:
        """Run a verb; what it raises for the user to read is written, and becomes the exit code."""
        try:
            return super().invoke(ctx)
        except (CommandError, PlatformError, ManifestError, OSError) as error:
            if isinstance(error, BrokenPipeError):
                raise
            print(f"pagebus: {error}", file=sys.stderr)
            raise typer.Exit(_exit_code(error)) from error


def _exit_code(error: Exception) -> int:
    if isinstance(error, CommandError):
        return error.exit_code
    return Impossible.exit_code if isinstance(error, ManifestError) else Failed.exit_code


app = typer.Typer(
    cls=_Verbs,
    help="Run Pagebus on this machine, and use it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # an error is a line, and no frame around one
    pretty_exceptions_enable=False,
)
for verb in (up, down, env, status, submit, text):
    app.command()(verb)


def run() -> None:
    hush()
    try:
        app()
    except Exception as error:  # noqa: BLE001  # whatever it is, a user is not shown a traceback
        sys.exit(f"pagebus: {type(error).__name__}, which is our mistake. Report it with {_kept(error)}")


def _kept(error: Exception) -> Path:
    log = find() / "logs/pagebus.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as file:
        traceback.print_exception(error, file=file)
    return log
