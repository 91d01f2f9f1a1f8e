"""`pagebus doctor`: what is wrong with this machine, the settings and the servers, and what to do about it."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from local.cli import home as homes
from local.cli import interrupts, stack, twin
from local.cli.errors import Failed, Impossible
from local.cli.home import Started
from local.cli.request import PRODUCT
from local.cli.screen import Json, notes, out, print_json, printable
from local.cli.twin import Twin
from local.doctor.finding import Finding, State
from local.doctor.subject import Cluster, Servers, Subject
from local.platform.endpoints import Endpoints
from local.telemetry import TELEMETRY

_MARKS: dict[State, tuple[str, str]] = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "wrong": ("✗", "red")}
#: That of the overlays.
_NAMESPACE = "pagebus"
_PARTS = {"kafka": "--kafka", "s3": "--s3", "postgres": "--database"}


def doctor(  # noqa: PLR0913  # one argument per flag
    *,
    kafka: Annotated[str | None, typer.Option(help="Look at these brokers of your own, host:port.")] = None,
    s3: Annotated[str | None, typer.Option(help="And this store: a URL; its keys as for `up`.")] = None,
    database: Annotated[str | None, typer.Option(help="And this database: a postgresql:// URL.")] = None,
    manifests: Annotated[list[Path] | None, typer.Option(help="Look at these instead of what runs.")] = None,
    cluster: Annotated[bool, typer.Option("--cluster", help="Look at a cluster, not at this machine.")] = False,
    kubeconfig: Annotated[Path | None, typer.Option(help="With --cluster: not kubectl's own.")] = None,
    context: Annotated[str | None, typer.Option(help="With --cluster: not the current one.")] = None,
    namespace: Annotated[str | None, typer.Option(help=f"With --cluster: where functions are. [{_NAMESPACE}]")] = None,
    as_json: Json = False,
) -> None:
    """Say what is wrong here, and what to do about it."""
    interrupts.heed()  # what a check has written it removes
    named = _named(kafka, s3, database, os.environ)
    _refuse_both(cluster=cluster, here=named is not None, there=bool(kubeconfig or context or namespace))
    with notes.status("looking"):
        if cluster:
            found = _in_cluster(cluster_of(kubeconfig, context, namespace), manifests or PRODUCT)
        else:
            home = homes.find()
            found = _findings(subject_of(home, homes.recall(home), named, manifests or []))
    if as_json:
        print_json([asdict(finding) for finding in found])
    else:
        _show(found)
    if any(finding.state == "wrong" for finding in found):
        raise typer.Exit(Failed.exit_code)


def _findings(subject: Subject) -> list[Finding]:
    """Raises Failed where even what looks is not installed."""
    try:
        from local.doctor.looks import findings  # noqa: PLC0415  # it takes long to import, and no other verb needs it
    except ImportError as error:
        raise Failed(f"{error.name} is not installed. Run `make setup`, then ask again.") from error
    return findings(subject)


def _in_cluster(cluster: Cluster, manifests: Sequence[Path]) -> list[Finding]:
    from local.doctor.cluster.looks import findings  # noqa: PLC0415  # no other verb needs it, and none waits for it

    _refuse_missing(manifests)
    return findings(cluster, manifests)


def cluster_of(kubeconfig: Path | None, context: str | None, namespace: str | None) -> Cluster:
    """Raises Impossible where the kubeconfig is nowhere."""
    if kubeconfig and not kubeconfig.is_file():
        raise Impossible(f"--kubeconfig {kubeconfig}: there is no such file.")
    return Cluster(kubeconfig, context, namespace or _NAMESPACE)


def _refuse_both(*, cluster: bool, here: bool, there: bool) -> None:
    if cluster and here:
        raise Impossible("--cluster looks at a cluster alone. Ask for --kafka, --s3 and --database without it.")
    if there and not cluster:
        raise Impossible("--kubeconfig, --context and --namespace say which cluster. Add --cluster.")


def _named(kafka: str | None, s3: str | None, database: str | None, environment: Mapping[str, str]) -> Endpoints | None:
    """The servers that the flags name, any of them; the others are empty. Raises Impossible where S3 has no keys."""
    if not (kafka or s3 or database):
        return None
    keys = {name: environment.get(name, "") for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    if s3 and (missing := [name for name, value in keys.items() if not value]):
        raise Impossible(f"--s3 needs keys. Set {' and '.join(missing)}.")
    return Endpoints(
        kafka=kafka or "",
        s3=s3 or "",
        s3_access_key=keys["AWS_ACCESS_KEY_ID"],
        s3_secret_key=keys["AWS_SECRET_ACCESS_KEY"],
        s3_region=environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1",
        database=database or "",
    )


def subject_of(home: Path, started: Started | None, named: Endpoints | None, manifests: Sequence[Path]) -> Subject:
    """What the flags name, else what was brought up, else what would be."""
    _refuse_missing(manifests)
    folders = tuple(manifests) or tuple(map(Path, started.manifests if started else PRODUCT))
    if named is not None:
        remedies = {part: f"Start it, or correct {flag}." for part, flag in _PARTS.items()}
        return Subject(home, Path.cwd(), folders, Servers(named, remedies))
    if started is None:
        return Subject(home, Path.cwd(), folders)
    there = twin.running(home)
    return Subject(
        home,
        _folder(there),
        folders,
        Servers(started.endpoints, {part: _remedy(home, started, part) for part in _PARTS}),
        real=started.platform == "real",
        up=True,
        twin=there.control if there else None,
        gateway=there.urls.get(stack.GATEWAY) if there else None,
        telemetry=there.urls.get(TELEMETRY) if there else None,
    )


def _refuse_missing(manifests: Sequence[Path]) -> None:
    for folder in manifests:
        if not folder.is_dir():
            why = "is a file; name its folder." if folder.is_file() else "there is no such folder."
            raise Impossible(f"--manifests {folder}: {why}")


def _folder(there: Twin | None) -> Path:
    """Where functions are run: where `up` was, else here."""
    return Path(f"/proc/{there.pid}/cwd").resolve() if there else Path.cwd()


def _remedy(home: Path, started: Started, part: str) -> str:
    if started.platform == "yours":
        return f"Start it; if it has moved, `pagebus down`, then `pagebus up` with another {_PARTS[part]}."
    return f"`pagebus up --detach` starts it again; its last words are in {home / 'logs' / part}.log."


def _show(found: Sequence[Finding]) -> None:
    table = Table.grid(padding=(0, 2))
    group = ""
    for finding in found:
        if finding.group != group:
            group = finding.group
            table.add_row("", Text(group, "bold"))
        mark, colour = _MARKS[finding.state]
        table.add_row(Text(mark, colour), Text(printable(finding.check)), Text(printable(finding.found)))
        if finding.advice:
            table.add_row("", "", Text(printable(finding.advice), "dim" if finding.state == "ok" else colour))
    out.print(table)
    out.print(_summary(Counter(finding.state for finding in found)))


def _summary(counted: Mapping[State, int]) -> str:
    if not counted["wrong"] and not counted["warning"]:
        return "Nothing is wrong."
    said = f"{counted['wrong'] or 'Nothing'} wrong, {counted['warning']} to know about"
    return f"{said}. Below each stands what to do."
