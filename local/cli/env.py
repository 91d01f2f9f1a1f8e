"""`pagebus env`: where everything is, for other clients."""

import shlex

import typer

from local.cli import home as homes
from local.cli import stack
from local.cli.screen import Json, print_json
from local.cli.stack import Stack
from local.telemetry import ENDPOINT, TELEMETRY


def env(*, as_json: Json = False) -> None:
    """Print `export` lines, for `eval "$(pagebus env)"`."""
    variables = of(stack.required(homes.find()))
    if as_json:
        print_json(variables)
        return
    for name, value in variables.items():
        typer.echo(f"export {name}={shlex.quote(value)}")


def of(up: Stack) -> dict[str, str]:
    """What kcat, the AWS CLI, psql, curl and OpenTelemetry's SDKs need to know."""
    variables = up.started.endpoints.environment()
    variables["AWS_DEFAULT_REGION"] = variables["AWS_REGION"]
    if stack.GATEWAY in up.twin.urls:  # other manifests may have none
        variables["PAGEBUS_GATEWAY"] = up.twin.urls[stack.GATEWAY]
    if TELEMETRY in up.twin.urls:  # a twin of an earlier version has none
        variables[ENDPOINT] = up.twin.urls[TELEMETRY]
    return variables
