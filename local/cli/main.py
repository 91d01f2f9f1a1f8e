"""The `pagebus` command."""

import sys
import traceback
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from local.cli.dead_letters.verbs import app as dead_letters
from local.cli.doctor import doctor
from local.cli.down import down
from local.cli.env import env
from local.cli.errors import CommandError, Failed, Impossible
from local.cli.eval import evaluate
from local.cli.home import find
from local.cli.screen import hush, print_json
from local.cli.sections import InSections
from local.cli.status import status
from local.cli.submit import submit
from local.cli.text import text
from local.cli.trace import trace
from local.cli.up import up
from local.cli.watch import watch
from local.manifests.loading import ManifestError
from local.platform.errors import PlatformError


class _Verbs(InSections):
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Note how answers are wanted, also for errors that come before a verb has read its own flags."""
        ctx.obj = "--json" in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run a verb; what it raises for the user to read is written, and becomes the exit code."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except TyperException as error:
            _also_as_json(ctx, error.format_message())
            raise
        except (CommandError, PlatformError, ManifestError, OSError) as error:
            print(f"pagebus: {error}", file=sys.stderr)
            _also_as_json(ctx, str(error))
            raise typer.Exit(_exit_code(error)) from error


def _also_as_json(ctx: Any, message: str) -> None:
    if ctx.obj:
        print_json({"error": message})


def _exit_code(error: Exception) -> int:
    if isinstance(error, CommandError):
        return error.exit_code
    return Impossible.exit_code if isinstance(error, ManifestError) else Failed.exit_code


app = typer.Typer(
    cls=_Verbs,
    help="Run Pagebus on this machine, and use it.",
    epilog="PAGEBUS_HOME is the folder for all that is kept: state, logs and data. [~/.local/state/pagebus]",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,  # an error is a line, and no frame around one
    pretty_exceptions_enable=False,
)


def _show_version(asked: bool) -> None:  # noqa: FBT001  # a callback of Typer's
    if asked:
        typer.echo(f"pagebus {version('pagebus')}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    _: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """Run Pagebus on this machine, and use it."""


for verb in (up, down, env, status, submit, text, trace, watch, doctor):
    app.command()(verb)
app.command("eval")(evaluate)
app.add_typer(dead_letters, name="dead-letters")


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
