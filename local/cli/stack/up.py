"""The command `pagebus up`: start the platform and the twin.

They run until Ctrl-C, or with --detach until `pagebus down`.
"""

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

PlatformOption = Annotated[
    Literal["embedded", "real"] | None,
    typer.Option(
        help="The servers to start. embedded: small servers that keep no data. real: Kafka, S3 and PostgreSQL. "
        "[default: the platform of the last `up`, else embedded]"
    ),
]
S3Option = Annotated[
    str | None,
    typer.Option(
        help="Use your own S3 server at this URL. Set its keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
    ),
]
ManifestsOption = Annotated[
    list[Path] | None,
    typer.Option(
        help="A folder with manifests to run. Repeat this option for several folders. "
        "[default: the folders of the last `up`, else those of Pagebus: knative/base and infra/kafka]"
    ),
]


def run_up(  # noqa: PLR0913  # Typer needs one argument per option
    *,
    platform: PlatformOption = None,
    kafka: Annotated[
        str | None, typer.Option(help="Use your own Kafka at host:port. This option needs --s3 and --database.")
    ] = None,
    s3: S3Option = None,
    database: Annotated[str | None, typer.Option(help="Use your own PostgreSQL at this postgresql:// URL.")] = None,
    manifests: ManifestsOption = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="Return as soon as everything runs. `pagebus down` stops it.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Start the platform and the functions.

    Set PAGEBUS_MODELS to the folder with the weights of models, one subfolder per engine. [default: /models] An engine
    whose weights or packages are missing is unavailable: it does not start.
    """
    home = homes.find_home()
    options = UpOptions(platform, kafka, s3, database, tuple(manifests or ()))
    with homes.lock_home(home):
        earlier_stack, last_record = stack.find_running(home), homes.load_record(home)
        spec = resolve_options(options, last_record, os.environ, is_running=stack.is_anything_running(home))
        running_stack = earlier_stack or _bring_up(home, spec, is_first=last_record is None)
    if problem := model_weights.describe_invalid_folder(os.environ.get(model_weights.MODELS_VARIABLE), Path.cwd()):
        notes.print(f"{model_weights.MODELS_VARIABLE} {problem}. {model_weights.MODELS_ADVICE}", markup=False)
    _print_stack(running_stack, is_already_running=earlier_stack is not None, as_json=as_json)
    if earlier_stack is None and not detach:
        _stay_until_interrupted(home)


def _bring_up(home: Path, spec: StackSpec, *, is_first: bool) -> Stack:
    """Start the stack and return it.

    `is_first` is True if no stack was started since the last `pagebus down`. In this case, stop all parts after an
    error, before it is raised again.
    """
    interrupts.raise_on_termination()
    try:
        running_stack = stack.bring_up(home, spec, show_step)
        _wait_for_partitions(running_stack.twin)
    except BaseException:
        if is_first:
            interrupts.ignore_signals()
            stack.bring_down(home, show_step)
        raise
    return running_stack


def _wait_for_partitions(running_twin: RunningTwin) -> None:
    """Wait at most 30 s until every source has its partitions, and print the names of the sources that have none."""
    if not twin.wait_for_partitions(running_twin, 0):
        return
    with show_step("consumers"):
        waiting_sources = twin.wait_for_partitions(running_twin, _PARTITIONS_TIMEOUT_S)
    if waiting_sources:
        notes.print(
            f"These sources have no partitions yet: {', '.join(waiting_sources)}. Until then, their events wait in "
            "Kafka. `pagebus status` shows the lag.",
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
    # A `pagebus down` in another terminal stops the twin first. The lock waits until that command has finished.
    with homes.lock_home(home):
        if homes.load_record(home) is not None:
            raise CommandFailedError(
                f"The twin has ended; {home}/logs/twin.log has the reason. Start it again: `pagebus up`."
            )


def _print_stack(running_stack: Stack, *, is_already_running: bool, as_json: bool) -> None:
    variables, twin_state = env.build_environment(running_stack), twin.load_state(running_stack.twin)
    unavailable = twin_state.unavailable_engines
    if as_json:
        print_json(
            {
                "home": str(running_stack.home),
                "platform": running_stack.record.platform,
                "manifests": running_stack.record.manifests,
                "already": is_already_running,
                "environment": variables,
                "urls": dict(running_stack.twin.urls),
                "unavailable_engines": list(map(asdict, unavailable)),
            }
        )
        return
    if is_already_running:
        platform = _PLATFORMS[running_stack.record.platform]
        out.print(f"Pagebus is up already, on {platform}{_describe_manifests(running_stack)}.", markup=False)
    for name, address in _list_addresses(running_stack, variables).items():
        out.print(f"{name:<12}{address}", markup=False)
    out.print(f"{'logs':<12}{running_stack.home / 'logs'}", markup=False)
    if running_stack.record.platform == "yours" and stack.GATEWAY in running_stack.twin.urls:
        out.print(
            f"Configure your S3 server to send its bucket notifications to "
            f"{running_stack.twin.urls[stack.GATEWAY]}/v1/notifications/s3."
        )
    for line in unavailable_engines.render_lines(unavailable):
        out.print(line, markup=False)
    accepts_uploads = stack.INTAKE in twin_state.function_names
    submit = "`pagebus submit FILE --wait`, " if accepts_uploads else ""
    out.print(f'Next: {submit}`pagebus status`, `eval "$(pagebus env)"`, `pagebus down`.')


def _describe_manifests(running_stack: Stack) -> str:
    folders = running_stack.record.manifests
    is_product = folders == tuple(map(str, PRODUCT_MANIFESTS))
    return "" if is_product else f", with the manifests in {', '.join(folders)}"


def _list_addresses(running_stack: Stack, variables: Mapping[str, str]) -> dict[str, str]:
    """Return addresses by label, for users. The address of the database has no user and no password."""
    database = urlsplit(variables["DATABASE_URL"])
    return {
        **{name: url for name, url in running_stack.twin.urls.items() if name not in {"cluster", TELEMETRY}},
        "Kafka": variables["KAFKA_BOOTSTRAP_SERVERS"],
        "S3": variables["AWS_ENDPOINT_URL"],
        "PostgreSQL": f"{database.hostname}:{database.port or 5432}{database.path}",
        **({"metrics": f"{variables[ENDPOINT_VARIABLE]}/metrics"} if ENDPOINT_VARIABLE in variables else {}),
    }
