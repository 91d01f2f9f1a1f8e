"""`pagebus up`: start the platform and the twin, until Ctrl-C or, with --detach, until `pagebus down`."""

import os
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import typer

from local.cli.shell import home as homes
from local.cli.shell import interrupts
from local.cli.shell.errors import CommandFailedError
from local.cli.shell.screen import JsonOption, notes, out, print_json, show_step
from local.cli.stack import env, stack, twin
from local.cli.stack.stack import Stack, StackSpec
from local.cli.stack.twin import RunningTwin
from local.cli.stack.up_options import PRODUCT_MANIFESTS, UpOptions, resolve_options
from local.telemetry import ENDPOINT_VARIABLE, TELEMETRY
from local.twin import unavailable_engines
from local.twin.services import model_weights

_POLL_S = 0.2
_PARTITIONS_TIMEOUT_S = 30.0
_PLATFORMS = {"embedded": "the embedded platform", "real": "the real platform", "yours": "a platform of your own"}

Platform = Annotated[
    Literal["embedded", "real"] | None,
    typer.Option(
        help="Start this platform: small servers without stored data, or Kafka, S3 and PostgreSQL. [embedded]"
    ),
]
OwnS3 = Annotated[
    str | None,
    typer.Option(help="Use your own S3 server at this URL; AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY have its keys."),
]


def run_up(  # noqa: PLR0913  # Typer needs one argument per option
    *,
    platform: Platform = None,
    kafka: Annotated[
        str | None, typer.Option(help="Use your own Kafka brokers, host:port; needs --s3 and --database.")
    ] = None,
    s3: OwnS3 = None,
    database: Annotated[str | None, typer.Option(help="Use your own PostgreSQL: a postgresql:// URL.")] = None,
    manifests: Annotated[
        list[Path] | None, typer.Option(help="Run the manifests in this folder, not the product's.")
    ] = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="Return when everything is up, and leave it running.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Start the platform and the functions.

    PAGEBUS_MODELS is the folder with the weights of models, one subfolder per engine [/models]. An engine without its
    weights or packages is unavailable: it does not start.
    """
    home = homes.find_home()
    options = UpOptions(platform, kafka, s3, database, tuple(manifests or ()))
    with homes.lock_home(home):
        running, last = stack.find_running(home), homes.load_record(home)
        spec = resolve_options(options, last, os.environ, is_running=stack.is_anything_running(home))
        up = running or _bring_up(home, spec, is_first=last is None)
    if wrong := model_weights.describe_invalid_folder(os.environ.get(model_weights.MODELS_VARIABLE), Path.cwd()):
        notes.print(f"{model_weights.MODELS_VARIABLE} {wrong}. {model_weights.MODELS_ADVICE}", markup=False)
    _print_stack(up, was_up=running is not None, as_json=as_json)
    if running is None and not detach:
        _stay_until_interrupted(home)


def _bring_up(home: Path, spec: StackSpec, *, is_first: bool) -> Stack:
    """Start the stack. After an error, stop it again if this command was the first to start a part of it."""
    interrupts.raise_on_termination()
    try:
        up = stack.bring_up(home, spec, show_step)
        _await_partitions(up.twin)
    except BaseException:
        if is_first:
            interrupts.ignore_signals()
            stack.bring_down(home, show_step)
        raise
    return up


def _await_partitions(running_twin: RunningTwin) -> None:
    """Wait until every source has its partitions, at most 30 s, and name those that have none: their events wait."""
    if not twin.wait_for_partitions(running_twin, 0):
        return
    with show_step("consumers"):
        late = twin.wait_for_partitions(running_twin, _PARTITIONS_TIMEOUT_S)
    if late:
        notes.print(
            f"These sources have no partitions yet: {', '.join(late)}. Events for them wait until they have. "
            "`pagebus status` shows the lag.",
            markup=False,
        )


def _stay_until_interrupted(home: Path) -> None:
    notes.print("Ctrl-C brings everything down.")
    try:
        while twin.find_twin(home) is not None:
            time.sleep(_POLL_S)
    except KeyboardInterrupt:
        interrupts.ignore_signals()
        with homes.lock_home(home):
            stack.bring_down(home, show_step)
        raise
    # A `pagebus down` in another terminal stops the twin first. The lock waits until it has finished.
    with homes.lock_home(home):
        if homes.load_record(home) is not None:
            raise CommandFailedError(
                f"The twin has ended; {home}/logs/twin.log has the reason. Start it again: `pagebus up`."
            )


def _print_stack(up: Stack, *, was_up: bool, as_json: bool) -> None:
    variables, twin_state = env.build_environment(up), twin.load_state(up.twin)
    unavailable = twin_state.unavailable_engines
    if as_json:
        print_json(
            {
                "home": str(up.home),
                "platform": up.record.platform,
                "manifests": up.record.manifests,
                "already": was_up,
                "environment": variables,
                "urls": dict(up.twin.urls),
                "unavailable_engines": list(map(asdict, unavailable)),
            }
        )
        return
    if was_up:
        out.print(f"Pagebus is up already, on {_PLATFORMS[up.record.platform]}{_name_manifests(up)}.", markup=False)
    for name, address in _list_addresses(up, variables).items():
        out.print(f"{name:<12}{address}", markup=False)
    out.print(f"{'logs':<12}{up.home / 'logs'}", markup=False)
    if up.record.platform == "yours" and stack.GATEWAY in up.twin.urls:
        out.print(
            f"Configure your S3 server to send its bucket notifications to "
            f"{up.twin.urls[stack.GATEWAY]}/v1/notifications/s3."
        )
    for line in unavailable_engines.render_lines(unavailable):
        out.print(line, markup=False)
    accepts_uploads = stack.INTAKE in twin_state.function_names
    submit = "`pagebus submit FILE --wait`, " if accepts_uploads else ""
    out.print(f'Next: {submit}`pagebus status`, `eval "$(pagebus env)"`, `pagebus down`.')


def _name_manifests(up: Stack) -> str:
    folders = up.record.manifests
    is_product = folders == tuple(map(str, PRODUCT_MANIFESTS))
    return "" if is_product else f", with the manifests in {', '.join(folders)}"


def _list_addresses(up: Stack, variables: Mapping[str, str]) -> dict[str, str]:
    """Return addresses by label. The database's URL may hold a password, so only host, port and name are returned."""
    database = urlsplit(variables["DATABASE_URL"])
    return {
        **{name: url for name, url in up.twin.urls.items() if name not in {"cluster", TELEMETRY}},
        "Kafka": variables["KAFKA_BOOTSTRAP_SERVERS"],
        "S3": variables["AWS_ENDPOINT_URL"],
        "PostgreSQL": f"{database.hostname}:{database.port or 5432}{database.path}",
        **({"metrics": f"{variables[ENDPOINT_VARIABLE]}/metrics"} if ENDPOINT_VARIABLE in variables else {}),
    }
