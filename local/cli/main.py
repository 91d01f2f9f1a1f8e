"""The `pagebus` command: its subcommands, help and exit codes."""

import sys
import traceback
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from local.cli.dead_letters.commands import app as dead_letters
from local.cli.eval.command import COLUMNS_HELP as EVAL_COLUMNS_HELP
from local.cli.eval.command import run_eval
from local.cli.shell.errors import CommandError, CommandFailedError, UsageError
from local.cli.shell.home import find_home
from local.cli.shell.screen import print_json, silence_logs
from local.cli.stack.doctor import run_doctor
from local.cli.stack.down import run_down
from local.cli.stack.env import run_env
from local.cli.stack.up import run_up
from local.cli.status.command import COLUMNS_HELP as STATUS_COLUMNS_HELP
from local.cli.status.command import run_status
from local.cli.submit.command import run_submit
from local.cli.text.command import run_text
from local.cli.trace.command import run_trace
from local.cli.watch.command import run_watch
from local.manifests.loading import ManifestError
from local.platform.errors import PlatformError

_HELP_SECTIONS = {
    "Start and stop": ("doctor", "up", "down", "env"),
    "Read documents": ("submit", "status", "text"),
    "Inspect and repair": ("watch", "trace", "dead-letters", "eval"),
}
_OTHER_SECTION = "Other"


class _Commands(TyperGroup):
    """The group of all commands: its help has sections, and errors become messages and exit codes."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Store whether --json is used, because an error can occur before the options of a command are parsed."""
        ctx.obj = "--json" in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run a command. Print an expected error on stderr, and with --json also on stdout. Then raise Exit."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except TyperException as error:
            _print_json_error(ctx, error.format_message())
            raise
        except (CommandError, PlatformError, ManifestError, OSError) as error:
            print(f"pagebus: {error}", file=sys.stderr)
            _print_json_error(ctx, str(error))
            raise typer.Exit(_get_exit_code(error)) from error

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # Typer's signature
        return [name for _, names in self._list_sections() for name in names]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write a list of commands per section. All lists have the same column widths."""
        widest = max(map(len, self.commands))
        for title, names in self._list_sections():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(widest), self._get_help(ctx, name, formatter.width)) for name in names])

    def _list_sections(self) -> Iterator[tuple[str, list[str]]]:
        in_sections = {name for names in _HELP_SECTIONS.values() for name in names}
        sections = {**_HELP_SECTIONS, _OTHER_SECTION: tuple(name for name in self.commands if name not in in_sections)}
        for title, names in sections.items():
            if registered := [name for name in names if name in self.commands]:
                yield title, registered

    def _get_help(self, ctx: Any, name: str, width: int) -> str:
        command = self.get_command(ctx, name)
        return command.get_short_help_str(width - max(map(len, self.commands)) - 6) if command else ""


def _print_json_error(ctx: Any, message: str) -> None:
    if ctx.obj:
        print_json({"error": message})


def _get_exit_code(error: Exception) -> int:
    if isinstance(error, CommandError):
        return error.exit_code
    return UsageError.exit_code if isinstance(error, ManifestError) else CommandFailedError.exit_code


app = typer.Typer(
    cls=_Commands,
    help="Run Pagebus on this machine, and use it.",
    epilog="Set PAGEBUS_HOME to the folder for state, logs and data. [default: ~/.local/state/pagebus]",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,  # prints an error as a plain line, without a frame around it
    pretty_exceptions_enable=False,
)


def _show_version(is_requested: bool) -> None:  # noqa: FBT001  # Typer's signature for a callback
    if is_requested:
        typer.echo(f"pagebus {version('pagebus')}")
        raise typer.Exit


@app.callback()
def _declare_options(
    *,
    _: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Run Pagebus on this machine, and use it."""


app.command("up")(run_up)
app.command("down")(run_down)
app.command("env")(run_env)
app.command("status", epilog=STATUS_COLUMNS_HELP)(run_status)
app.command("submit")(run_submit)
app.command("text")(run_text)
app.command("trace")(run_trace)
app.command("watch")(run_watch)
app.command("doctor")(run_doctor)
app.command("eval", epilog=EVAL_COLUMNS_HELP)(run_eval)
app.add_typer(dead_letters, name="dead-letters")


def run() -> None:
    """Run the command. After an unexpected error, write its traceback to a log file and exit with 1."""
    silence_logs()
    try:
        app()
    except Exception as error:  # noqa: BLE001  # a user must not see the traceback of any error
        sys.exit(f"pagebus: {type(error).__name__}, which is a bug in Pagebus. Report it with {_log_traceback(error)}")


def _log_traceback(error: Exception) -> Path:
    log = find_home() / "logs/pagebus.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as file:
        traceback.print_exception(error, file=file)
    return log
