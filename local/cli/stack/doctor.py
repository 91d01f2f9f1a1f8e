"""The command `pagebus doctor`: find problems of this machine, the settings and the servers, and give advice."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from local.cli.shell import home as homes
from local.cli.shell import interrupts
from local.cli.shell.errors import CommandFailedError, UsageError
from local.cli.shell.home import StackRecord
from local.cli.shell.screen import JsonOption, make_printable, notes, out, print_json
from local.cli.stack import stack, twin
from local.cli.stack.twin import RunningTwin
from local.cli.stack.up_options import PRODUCT_MANIFESTS, check_folders_exist, read_keys, read_region
from local.doctor.finding import Finding, State
from local.doctor.targets import ClusterTarget, LocalTarget, Servers
from local.platform.endpoints import Endpoints
from local.telemetry import TELEMETRY

_MARKS: dict[State, tuple[str, str]] = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "wrong": ("✗", "red")}
#: The namespace in the overlays of Pagebus (knative/overlays).
_NAMESPACE = "pagebus"
_OPTIONS_BY_PART = {"kafka": "--kafka", "s3": "--s3", "postgres": "--database"}

S3Option = Annotated[
    str | None,
    typer.Option(
        help="Check your own S3 server at this URL. Set its keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
    ),
]
ManifestsOption = Annotated[
    list[Path] | None,
    typer.Option(
        help="A folder with manifests to check. Repeat this option for several folders. "
        "[default: those of the running Pagebus, else knative/base and infra/kafka]"
    ),
]
KubeconfigOption = Annotated[
    Path | None, typer.Option(help="With --cluster: the kubeconfig file. [default: the file that kubectl uses]")
]
ContextOption = Annotated[
    str | None, typer.Option(help="With --cluster: the kubeconfig context. [default: the current context]")
]
NamespaceOption = Annotated[
    str | None, typer.Option(help=f"With --cluster: the namespace of the functions. [default: {_NAMESPACE}]")
]


def run_doctor(  # noqa: PLR0913  # Typer needs one argument per option
    *,
    kafka: Annotated[str | None, typer.Option(help="Check your own Kafka at host:port.")] = None,
    s3: S3Option = None,
    database: Annotated[str | None, typer.Option(help="Check your own PostgreSQL at this postgresql:// URL.")] = None,
    manifests: ManifestsOption = None,
    cluster: Annotated[bool, typer.Option("--cluster", help="Check a Kubernetes cluster, not this machine.")] = False,
    kubeconfig: KubeconfigOption = None,
    context: ContextOption = None,
    namespace: NamespaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find problems of the installation, and print advice."""
    interrupts.raise_on_termination()  # so that an interrupted check removes the objects that it has written
    endpoints = _read_endpoints(kafka, s3, database, os.environ)
    _check_options_match(
        is_cluster=cluster,
        has_servers=endpoints is not None,
        has_cluster_options=bool(kubeconfig or context or namespace),
    )
    with notes.status("checking"):
        if cluster:
            options = build_cluster_target(kubeconfig, context, namespace)
            findings = _run_cluster_checks(options, manifests or PRODUCT_MANIFESTS)
        else:
            home = homes.find_home()
            findings = _run_local_checks(build_target(home, homes.load_record(home), endpoints, manifests or []))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        _print_findings(findings)
    if any(finding.state == "wrong" for finding in findings):
        raise typer.Exit(CommandFailedError.exit_code)


def _run_local_checks(target: LocalTarget) -> list[Finding]:
    """Return the findings on this machine. Raise CommandFailedError if the checks need a package that is missing."""
    try:
        from local.doctor.local_checks import run_local_checks  # noqa: PLC0415  # a slow import that only this command needs
    except ImportError as error:
        raise CommandFailedError(
            f"{error.name} is not installed. Run `make setup`, then this command again."
        ) from error
    return run_local_checks(target)


def _run_cluster_checks(target: ClusterTarget, manifests: Sequence[Path]) -> list[Finding]:
    from local.doctor.cluster.cluster_checks import run_cluster_checks  # noqa: PLC0415  # a slow import that only this command needs

    check_folders_exist(manifests)
    return run_cluster_checks(target, manifests)


def build_cluster_target(kubeconfig: Path | None, context: str | None, namespace: str | None) -> ClusterTarget:
    """Return the cluster to check. Raise UsageError if the kubeconfig file does not exist."""
    if kubeconfig and not kubeconfig.is_file():
        raise UsageError(f"--kubeconfig {kubeconfig}: this file does not exist.")
    return ClusterTarget(kubeconfig, context, namespace or _NAMESPACE)


def _check_options_match(*, is_cluster: bool, has_servers: bool, has_cluster_options: bool) -> None:
    if is_cluster and has_servers:
        raise UsageError(
            "--cluster cannot be combined with --kafka, --s3 or --database. Check the servers without --cluster."
        )
    if has_cluster_options and not is_cluster:
        raise UsageError("--kubeconfig, --context and --namespace select a cluster. Add --cluster.")


def _read_endpoints(
    kafka: str | None, s3: str | None, database: str | None, environment: Mapping[str, str]
) -> Endpoints | None:
    """Return the user's own servers. A server without an option has an empty address.

    Return None if no option is used. Raise UsageError if --s3 is used and the environment has no S3 keys.
    """
    if not (kafka or s3 or database):
        return None
    keys = read_keys(environment) if s3 else {}
    return Endpoints(
        kafka=kafka or "",
        s3=s3 or "",
        s3_access_key=keys.get("AWS_ACCESS_KEY_ID", ""),
        s3_secret_key=keys.get("AWS_SECRET_ACCESS_KEY", ""),
        s3_region=read_region(environment),
        database=database or "",
    )


def build_target(
    home: Path, record: StackRecord | None, endpoints: Endpoints | None, manifests: Sequence[Path]
) -> LocalTarget:
    """Return the local target of the checks: this machine and, if there are any, servers.

    The servers are `endpoints`, or those of the recorded stack if `endpoints` is None. Raise UsageError if a manifest
    folder does not exist.
    """
    check_folders_exist(manifests)
    folders = tuple(manifests) or tuple(map(Path, record.manifests if record else PRODUCT_MANIFESTS))
    if endpoints is not None:
        remedies = {part: f"Start it, or correct {option}." for part, option in _OPTIONS_BY_PART.items()}
        return LocalTarget(home, Path.cwd(), folders, Servers(endpoints, remedies))
    if record is None:
        return LocalTarget(home, Path.cwd(), folders)
    running_twin = twin.find_twin(home)
    return LocalTarget(
        home,
        _find_working_folder(running_twin),
        folders,
        Servers(record.endpoints, {part: _describe_remedy(home, record, part) for part in _OPTIONS_BY_PART}),
        is_real_platform=record.platform == "real",
        is_up=True,
        twin_url=running_twin.control if running_twin else None,
        gateway_url=running_twin.urls.get(stack.GATEWAY) if running_twin else None,
        telemetry_url=running_twin.urls.get(TELEMETRY) if running_twin else None,
    )


def _find_working_folder(running_twin: RunningTwin | None) -> Path:
    """Return the working folder of the functions: that of the running twin, or else the current folder."""
    return Path(f"/proc/{running_twin.pid}/cwd").resolve() if running_twin else Path.cwd()


def _describe_remedy(home: Path, record: StackRecord, part: str) -> str:
    if record.platform == "yours":
        option = _OPTIONS_BY_PART[part]
        return f"Start it. If its address has changed, run `pagebus down`, then `pagebus up` with another {option}."
    return f"`pagebus up --detach` starts it again. The end of {home / 'logs' / part}.log may have the reason."


def _print_findings(findings: Sequence[Finding]) -> None:
    table = Table.grid(padding=(0, 2))
    group = ""
    for finding in findings:
        if finding.group != group:
            group = finding.group
            table.add_row("", Text(group, "bold"))
        symbol, colour = _MARKS[finding.state]
        table.add_row(Text(symbol, colour), Text(make_printable(finding.check)), Text(make_printable(finding.found)))
        if finding.advice:
            style = "dim" if finding.state == "ok" else colour
            table.add_row("", "", Text(make_printable(finding.advice), style))
    out.print(table)
    out.print(_format_summary(Counter(finding.state for finding in findings)))


def _format_summary(counts: Mapping[State, int]) -> str:
    if not counts["wrong"] and not counts["warning"]:
        return "Nothing is wrong."
    warnings = f"{counts['warning']} warning{'' if counts['warning'] == 1 else 's'}"
    return f"{counts['wrong'] or 'Nothing'} wrong, {warnings}. The advice is below each of them."
