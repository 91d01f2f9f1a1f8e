"""`pagebus up`: the platform and the twin, until Ctrl-C or, with --detach, until `pagebus down`."""

import os
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import typer

from local.cli import env, interrupts, request, stack, twin
from local.cli import home as homes
from local.cli.errors import Failed
from local.cli.screen import Json, notes, out, print_json, step
from local.cli.stack import Stack, Wanted
from local.telemetry import ENDPOINT, TELEMETRY
from local.twin import left_out
from local.twin.services import weights

_POLL_S = 0.2
_CONSUMERS_S = 30.0
_PLATFORMS = {"embedded": "the embedded platform", "real": "the real platform", "yours": "a platform of your own"}


def up(  # noqa: PLR0913  # one argument per flag
    *,
    platform: Annotated[
        Literal["embedded", "real"] | None, typer.Option(help="What to start to stand on. [embedded]")
    ] = None,
    kafka: Annotated[str | None, typer.Option(help="Your own: brokers, as host:port.")] = None,
    s3: Annotated[str | None, typer.Option(help="Your own: a URL; keys come from AWS_ACCESS_KEY_ID and so on.")] = None,
    database: Annotated[str | None, typer.Option(help="Your own: a postgresql:// URL.")] = None,
    manifests: Annotated[list[Path] | None, typer.Option(help="Run these instead of the product's.")] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Return when all is up.")] = False,
    as_json: Json = False,
) -> None:
    """Start the platform and the functions.

    Engines that load weights look for them in a folder of their name: PAGEBUS_MODELS says where these folders are
    [/models]. One that has none here, or whose packages are not installed, is left out.
    """
    home = homes.find()
    asked = request.Request(platform, kafka, s3, database, tuple(manifests or ()))
    with homes.locked(home):
        there, before = stack.running(home), homes.recall(home)
        wanted = request.settle(asked, before, os.environ, alive=stack.anything_alive(home))
        here = there or _bring_up(home, wanted, fresh=before is None)
    if wrong := weights.misnamed(os.environ.get(weights.MODELS), Path.cwd()):
        notes.print(f"{weights.MODELS} {wrong}. {weights.NAME_A_FOLDER}", markup=False)
    _tell(home, here, already=there is not None, as_json=as_json)
    if there is None and not detach:
        _stay(home)


def _bring_up(home: Path, wanted: Wanted, *, fresh: bool) -> Stack:
    """What a command began and could not end is not left behind; what was there before it stays."""
    interrupts.heed()
    try:
        here = stack.bring_up(home, wanted, step)
        _await_consumers(here.twin)
    except BaseException:
        if fresh:
            interrupts.ignore()
            stack.bring_down(home, step)
        raise
    return here


def _await_consumers(there: twin.Twin) -> None:
    """Until it reads its topics, nothing that is submitted moves; that some are late is said, and no failure."""
    if not twin.unassigned(there, 0):
        return
    with step("consumers"):
        late = twin.unassigned(there, _CONSUMERS_S)
    if late:
        notes.print(
            f"These sources have no partitions yet, so what is sent to them waits: {', '.join(late)}.", markup=False
        )


def _stay(home: Path) -> None:
    notes.print("Ctrl-C brings everything down.")
    try:
        while twin.running(home) is not None:
            time.sleep(_POLL_S)
    except KeyboardInterrupt:
        interrupts.ignore()
        with homes.locked(home):
            stack.bring_down(home, step)
        raise
    with homes.locked(home):  # a `down` from elsewhere, which ends the twin first, has then done its work
        if homes.recall(home) is not None:
            raise Failed(f"The twin has ended; {home}/logs/twin.log says why. `pagebus up` starts it again.")


def _tell(home: Path, here: Stack, *, already: bool, as_json: bool) -> None:
    variables, absent = env.of(here), twin.left_out(twin.ask(here.twin))
    if as_json:
        started = {"platform": here.started.platform, "manifests": here.started.manifests, "already": already}
        told = {"environment": variables, "urls": dict(here.twin.urls), "left_out": list(map(asdict, absent))}
        print_json({"home": str(home), **started, **told})
        return
    if already:
        out.print(f"It is up already, on {_PLATFORMS[here.started.platform]}{_manifests(here)}.", markup=False)
    for name, place in _places(here, variables).items():
        out.print(f"{name:<12}{place}", markup=False)
    out.print(f"{'logs':<12}{home / 'logs'}", markup=False)
    if here.started.platform == "yours" and stack.GATEWAY in here.twin.urls:
        out.print(f"Let your store tell of uploads at {here.twin.urls[stack.GATEWAY]}/v1/notifications/s3.")
    for line in left_out.lines(absent):
        out.print(line, markup=False)
    reads = stack.INTAKE in twin.functions(here.twin)
    submit = "`pagebus submit FILE --wait`, " if reads else ""
    out.print(f'Next: {submit}`pagebus status`, `eval "$(pagebus env)"`, `pagebus down`.')


def _manifests(here: Stack) -> str:
    """Which ones run, where they are not the product's."""
    folders = here.started.manifests
    return "" if folders == tuple(map(str, request.PRODUCT)) else f", with the manifests in {', '.join(folders)}"


def _places(here: Stack, variables: Mapping[str, str]) -> dict[str, str]:
    """What people may want to reach; not the database's URL, which may hold a password."""
    database = urlsplit(variables["DATABASE_URL"])
    return {
        **{name: url for name, url in here.twin.urls.items() if name not in {"cluster", TELEMETRY}},
        "Kafka": variables["KAFKA_BOOTSTRAP_SERVERS"],
        "S3": variables["AWS_ENDPOINT_URL"],
        "PostgreSQL": f"{database.hostname}:{database.port or 5432}{database.path}",
        **({"metrics": f"{variables[ENDPOINT]}/metrics"} if ENDPOINT in variables else {}),
    }
