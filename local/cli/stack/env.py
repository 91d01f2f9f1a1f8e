"""The command `pagebus env`: print the addresses and keys of the running stack for other clients."""

import shlex

import typer

from local.cli.shell.screen import JsonOption, print_json
from local.cli.stack import stack
from local.cli.stack.stack import Stack
from local.telemetry import ENDPOINT_VARIABLE, TELEMETRY


def run_env(*, as_json: JsonOption = False) -> None:
    """Print addresses and keys of Pagebus for other clients.

    The output has `export` lines for a shell: `eval "$(pagebus env)"`.
    """
    variables = build_environment(stack.require_stack())
    if as_json:
        print_json(variables)
        return
    for name, value in variables.items():
        typer.echo(f"export {name}={shlex.quote(value)}")


def build_environment(running_stack: Stack) -> dict[str, str]:
    """Return the environment variables for kcat, the AWS CLI, psql, curl and the SDKs of OpenTelemetry."""
    variables = running_stack.endpoints.as_environment()
    variables["AWS_DEFAULT_REGION"] = variables["AWS_REGION"]
    if stack.GATEWAY in running_stack.twin.urls:  # manifests other than the product's may have no gateway
        variables["PAGEBUS_GATEWAY"] = running_stack.twin.urls[stack.GATEWAY]
    if TELEMETRY in running_stack.twin.urls:  # a running twin of an earlier version has no telemetry endpoint
        variables[ENDPOINT_VARIABLE] = running_stack.twin.urls[TELEMETRY]
    return variables
