"""The twin as a process: `python -m local.twin.main --manifests DIR [--manifests DIR2] --home HOME`."""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import structlog
from confluent_kafka import KafkaException

from local import files
from local.manifests.loading import ManifestError, load_manifests
from local.platform.endpoints import Endpoints
from local.telemetry import ENDPOINT_VARIABLE, TELEMETRY
from local.telemetry.telemetry import Telemetry
from local.twin import replica_logs
from local.twin.checks import check_manifests
from local.twin.server import PortTakenError
from local.twin.services.process import kill_leftovers
from local.twin.twin import Twin
from local.twin.unavailable_engines import find_unavailable_engines

# The names of the environment variables in which functions get the addresses and credentials of the platform. On a
# cluster, the ConfigMap and the Secret `pagebus` contain these variables.
_PLATFORM_VARIABLES = Endpoints("", "", "", "", "", "").as_environment().keys()
_EXIT_FAILED, _EXIT_INVALID_REQUEST = 1, 2
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class AlreadyRunningError(Exception):
    """A home in which another twin already runs."""


def run() -> int:
    """Run the twin until SIGTERM or SIGINT, and return its exit status.

    The status is 0 after a signal, 1 if Kafka does not answer, and 2 if the manifests, the home or a port is unusable.
    """
    arguments = _parse_arguments()
    home = arguments.home.resolve()
    (home / "logs").mkdir(parents=True, exist_ok=True)
    _log_as_json()
    try:
        platform = _read_platform_variables()
        manifests = load_manifests(arguments.manifests)
        check_manifests(manifests)
        unavailable = find_unavailable_engines(manifests)
        with _lock_home(home):
            kill_leftovers(home)
            replica_logs.rotate_logs(home)
            telemetry = Telemetry(home / TELEMETRY, os.environ.get(ENDPOINT_VARIABLE))
            try:
                asyncio.run(_run_until_signal(Twin(manifests, platform, home, telemetry, unavailable)))
            finally:
                # A replica may have started processes in other sessions, which do not end with the replica. On a
                # cluster, they end with its container.
                kill_leftovers(home)
                _ignore_signals()
    except (ManifestError, AlreadyRunningError, PortTakenError) as error:
        sys.stderr.write(f"{error}\n")
        return _EXIT_INVALID_REQUEST
    except KafkaException as error:
        sys.stderr.write(
            f"Kafka at {os.environ['KAFKA_BOOTSTRAP_SERVERS']} does not answer: {error}. Start it first.\n"
        )
        return _EXIT_FAILED
    return 0


def _read_platform_variables() -> dict[str, str]:
    if "KAFKA_BOOTSTRAP_SERVERS" not in os.environ:
        raise ManifestError(["KAFKA_BOOTSTRAP_SERVERS is not set; start a platform and pass its variables"])
    return {name: os.environ[name] for name in _PLATFORM_VARIABLES if name in os.environ}


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.twin.main", description=__doc__)
    parser.add_argument("--manifests", type=_parse_folder, action="append", required=True, metavar="DIR")
    parser.add_argument("--home", type=Path, required=True, help="the folder for state, ports and logs")
    return parser.parse_args()


def _parse_folder(text: str) -> Path:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text}; name one with manifests")
    return Path(text)


def _log_as_json() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
    )


@contextlib.contextmanager
def _lock_home(home: Path) -> Iterator[None]:
    """Lock the home for this twin. Raise AlreadyRunningError if another twin runs in it."""
    with contextlib.ExitStack() as locks:
        try:
            locks.enter_context(files.lock_file(home / "twin.lock", wait=False))
        except BlockingIOError as error:
            raise AlreadyRunningError(f"A twin already runs in {home}. End it, or choose another --home.") from error
        yield


async def _run_until_signal(twin: Twin) -> None:
    stop = asyncio.Event()
    _stop_on_signals(stop)
    await twin.run(stop)


def _stop_on_signals(stop: asyncio.Event) -> None:
    """Set `stop` on SIGTERM and SIGINT. Further signals have no effect while the twin stops in order.

    An event loop removes its signal handlers when it closes. A second signal would then kill the twin before it has
    killed leftover processes. So use `signal.signal`: the loop does not remove these handlers.
    """
    loop = asyncio.get_running_loop()

    def request_stop(*_: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed, because the twin already stops
            loop.call_soon_threadsafe(stop.set)

    for stop_signal in _STOP_SIGNALS:
        signal.signal(stop_signal, request_stop)


def _ignore_signals() -> None:
    """Ignore stop signals while the interpreter exits.

    The interpreter resets handlers written in Python. Then a second signal would kill the twin and change its exit
    status. A child process would inherit this setting, but the twin starts no further process.
    """
    for stop_signal in _STOP_SIGNALS:
        signal.signal(stop_signal, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(run())
