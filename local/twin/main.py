"""`python -m local.twin.main --manifests DIR [--manifests DIR2] --home HOME`: the twin until SIGTERM or SIGINT."""

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
from local.manifests.loading import ManifestError, load
from local.platform.endpoints import Endpoints
from local.telemetry import ENDPOINT, TELEMETRY
from local.telemetry.telemetry import Telemetry
from local.twin import logs
from local.twin.checks import check
from local.twin.left_out import left_out
from local.twin.server import PortTakenError
from local.twin.services.process import sweep
from local.twin.twin import Twin

# What functions are told about the platform; on a cluster the ConfigMap and the Secret `pagebus` hold it.
_PLATFORM = Endpoints("", "", "", "", "", "").environment().keys()
_FAILED, _IMPOSSIBLE = 1, 2


class AlreadyRunningError(Exception):
    """Another twin has this home."""


def run() -> int:
    """The exit status: 0 when it was told to end, 1 when it failed, 2 when it was asked for something impossible."""
    arguments = _arguments()
    home = arguments.home.resolve()
    (home / "logs").mkdir(parents=True, exist_ok=True)
    _log_as_json()
    try:
        platform = _platform()
        manifests = load(arguments.manifests)
        check(manifests)
        absent = left_out(manifests)
        with _alone(home):
            sweep(home)
            logs.set_aside(home)
            telemetry = Telemetry(home / TELEMETRY, os.environ.get(ENDPOINT))
            try:
                asyncio.run(_until_told(Twin(manifests, platform, home, telemetry, absent)))
            finally:
                # A container takes all its processes along; ours may have started some in sessions of their own.
                sweep(home)
    except (ManifestError, AlreadyRunningError, PortTakenError) as error:
        sys.stderr.write(f"{error}\n")
        return _IMPOSSIBLE
    except KafkaException as error:
        sys.stderr.write(f"Kafka at {os.environ['KAFKA_BOOTSTRAP_SERVERS']} does not answer ({error}); is it up?\n")
        return _FAILED
    return 0


def _platform() -> dict[str, str]:
    if "KAFKA_BOOTSTRAP_SERVERS" not in os.environ:
        raise ManifestError(["KAFKA_BOOTSTRAP_SERVERS is not set; start a platform and pass its variables"])
    return {name: os.environ[name] for name in _PLATFORM if name in os.environ}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.twin.main", description=__doc__)
    parser.add_argument("--manifests", type=_folder, action="append", required=True, metavar="DIR")
    parser.add_argument("--home", type=Path, required=True, help="where state, ports and logs are kept")
    return parser.parse_args()


def _folder(text: str) -> Path:
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
def _alone(home: Path) -> Iterator[None]:
    """One twin at a time runs in a home."""
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(files.locked(home / "twin.lock", wait=False))
        except BlockingIOError as error:
            raise AlreadyRunningError(f"a twin runs in {home} already; end it, or give another --home") from error
        yield


async def _until_told(twin: Twin) -> None:
    stop = asyncio.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(told, stop.set)
    await twin.run(stop)


if __name__ == "__main__":
    sys.exit(run())
