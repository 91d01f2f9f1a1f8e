"""Start and stop of a platform, or of a single server for tests in which this server is down."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from local.platform import embedded, process, real, state
from local.platform.endpoints import Endpoints
from local.platform.errors import PlatformError
from local.platform.server import PlatformServer, start_server, stop_server
from local.platform.state import Platform, PlatformKind
from local.platform.topics import Topic


class _PlatformModule(Protocol):
    """The interface of the modules `embedded` and `real`."""

    PORTS: tuple[str, ...]

    def build_endpoints(self, platform: Platform) -> Endpoints: ...
    def build_stages(self, platform: Platform) -> list[list[PlatformServer]]: ...


_MODULES: dict[PlatformKind, _PlatformModule] = {"embedded": embedded, "real": real}


def start_platform(kind: PlatformKind, home: Path, notify: str | None, topics: Iterable[Topic] = ()) -> Endpoints:
    """Start the servers of a home's platform that do not run yet, and return the endpoints.

    `notify` is the URL that the embedded S3 server calls after each upload. `topics` exist when this function
    returns. The real platform always has the topic of uploads too. Raise PlatformError if a server does not start.
    """
    home = home.absolute()
    with state.lock_platform(home):
        platform = replace(_plan_platform(kind, home), notify=notify, topics=tuple(topics))
        stages = _MODULES[kind].build_stages(platform)
        state.save_platform(platform)
        _start_all(home, stages)
        return _MODULES[kind].build_endpoints(platform)


def stop_platform(home: Path) -> None:
    """Stop every server. The data of the embedded platform is deleted."""
    home = home.absolute()
    with state.lock_platform(home):
        platform = state.load_platform(home)
        if platform is None:
            return
        for stage in reversed(_MODULES[platform.kind].build_stages(platform)):
            _run_in_parallel(lambda server: stop_server(home, server), stage)
        if platform.kind == "embedded":
            state.delete_platform(platform)


def find_running_platform(home: Path) -> Endpoints | None:
    """Return the endpoints of the home's platform, or None if at least one of its servers does not run."""
    home = home.absolute()
    platform = state.load_platform(home)
    if platform is None:
        return None
    processes = [state.load_process(home, server.name) for server in _list_servers(platform)]
    are_all_running = all(stored is not None and process.is_alive(stored) for stored in processes)
    return _MODULES[platform.kind].build_endpoints(platform) if are_all_running else None


def stop_server_by_name(home: Path, name: str) -> None:
    """Stop one server. The server keeps its port and, on the real platform, its data."""
    home = home.absolute()
    with state.lock_platform(home):
        stop_server(home, _find_server(home, name))


def start_server_by_name(home: Path, name: str) -> None:
    """Start one server at its previous port. Only the embedded broker gets a new port."""
    home = home.absolute()
    with state.lock_platform(home):
        start_server(home, _find_server(home, name))


def find_server_pid(home: Path, name: str) -> int | None:
    """Return the process id of a server, or None if it does not run."""
    stored = state.load_process(home.absolute(), name)
    return stored.pid if stored is not None and process.is_alive(stored) else None


def _plan_platform(kind: PlatformKind, home: Path) -> Platform:
    """Return the home's stored platform with its ports and data, or a new platform with free ports and a new secret.

    Raise PlatformError if a platform of the other kind runs in this home.
    """
    stored = state.load_platform(home)
    is_up = stored is not None and any(find_server_pid(home, server.name) for server in _list_servers(stored))
    if stored is not None and stored.kind == kind:
        if is_up:
            return stored
        return replace(stored, ports={name: _keep_or_replace_port(port) for name, port in stored.ports.items()})
    if stored is not None and is_up:
        raise PlatformError(f"The {stored.kind} platform runs in {home}. Stop it first: `pagebus down`.")
    ports = {name: state.find_free_port() for name in _MODULES[kind].PORTS}
    return Platform(home=home, kind=kind, notify=None, topics=(), ports=ports, secret=state.generate_secret())


def _keep_or_replace_port(port: int) -> int:
    return port if state.is_port_free(port) else state.find_free_port()


def _start_all(home: Path, stages: list[list[PlatformServer]]) -> None:
    """Start all servers. If a server fails, stop the servers that this call has started."""
    running_before = {server.name for stage in stages for server in stage if find_server_pid(home, server.name)}
    try:
        for stage in stages:
            _run_in_parallel(lambda server: start_server(home, server), stage)
    except PlatformError:
        new_servers = [server for stage in stages for server in stage if server.name not in running_before]
        _run_in_parallel(lambda server: stop_server(home, server), new_servers)
        raise


def _run_in_parallel(run: Callable[[PlatformServer], None], servers: Sequence[PlatformServer]) -> None:
    with ThreadPoolExecutor(max_workers=len(servers) or 1) as pool:
        for future in [pool.submit(run, server) for server in servers]:
            future.result()


def _list_servers(platform: Platform) -> list[PlatformServer]:
    return [server for stage in _MODULES[platform.kind].build_stages(platform) for server in stage]


def _find_server(home: Path, name: str) -> PlatformServer:
    platform = state.load_platform(home)
    if platform is None:
        raise PlatformError(f"No platform was started in {home}. Start one first: `pagebus up`.")
    servers = {server.name: server for server in _list_servers(platform)}
    if name not in servers:
        raise PlatformError(f"The {platform.kind} platform has no server {name}. It has {', '.join(sorted(servers))}.")
    return servers[name]
