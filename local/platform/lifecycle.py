"""Start and stop a platform: all of it, or, for tests of what happens without it, one part."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from local.platform import embedded, process, real, state
from local.platform.endpoints import Endpoints
from local.platform.errors import PlatformError
from local.platform.part import Part, bring_up, take_down
from local.platform.state import Kind, Platform
from local.platform.topics import Topic


class _Form(Protocol):
    PORTS: tuple[str, ...]

    def endpoints(self, platform: Platform) -> Endpoints: ...
    def stages(self, platform: Platform) -> list[list[Part]]: ...


_KINDS: dict[Kind, _Form] = {"embedded": embedded, "real": real}


def start(kind: Kind, home: Path, notify: str | None, topics: Iterable[Topic] = ()) -> Endpoints:
    """Start what does not run yet of the home's platform; `notify` is called after uploads to the embedded S3.

    `topics` are those that must be there before anything else is; the real platform has that of uploads in any case.
    """
    home = home.absolute()
    with state.locked(home):
        platform = replace(_planned(kind, home), notify=notify, topics=tuple(topics))
        stages = _KINDS[kind].stages(platform)
        state.save(platform)
        _bring_up_all(home, stages)
        return _KINDS[kind].endpoints(platform)


def stop(home: Path) -> None:
    """End every part; what the embedded platform held is forgotten."""
    home = home.absolute()
    with state.locked(home):
        platform = state.load(home)
        if platform is None:
            return
        for stage in reversed(_KINDS[platform.kind].stages(platform)):
            _together(lambda part: take_down(home, part), stage)
        if platform.kind == "embedded":
            state.forget(platform)


def running(home: Path) -> Endpoints | None:
    """Where the home's platform is, if all of it runs."""
    home = home.absolute()
    platform = state.load(home)
    if platform is None:
        return None
    processes = [state.process_of(home, part.name) for part in _parts(platform)]
    up = all(one is not None and process.alive(one) for one in processes)
    return _KINDS[platform.kind].endpoints(platform) if up else None


def stop_part(home: Path, name: str) -> None:
    """End one part, which keeps its port and, on the real platform, its data."""
    home = home.absolute()
    with state.locked(home):
        take_down(home, _part(home, name))


def start_part(home: Path, name: str) -> None:
    """Start one part where it was before; the embedded broker alone gets a new port."""
    home = home.absolute()
    with state.locked(home):
        bring_up(home, _part(home, name))


def part_pid(home: Path, name: str) -> int | None:
    """The part's process, if it runs."""
    one = state.process_of(home.absolute(), name)
    return one.pid if one is not None and process.alive(one) else None


def _planned(kind: Kind, home: Path) -> Platform:
    """What the home remembers, so that everything is found where it was; else new ports and a new key."""
    kept = state.load(home)
    up = kept is not None and any(part_pid(home, part.name) for part in _parts(kept))
    if kept is not None and kept.kind == kind:
        return kept if up else replace(kept, ports={name: _free(port) for name, port in kept.ports.items()})
    if kept is not None and up:
        raise PlatformError(f"The {kept.kind} platform runs in {home}. Stop it first: `pagebus down`.")
    ports = {name: state.free_port() for name in _KINDS[kind].PORTS}
    return Platform(home=home, kind=kind, notify=None, topics=(), ports=ports, secret=state.new_secret())


def _free(port: int) -> int:
    return port if state.is_free(port) else state.free_port()


def _bring_up_all(home: Path, stages: list[list[Part]]) -> None:
    """Bring all up; when one does not come up, end those that were started for it."""
    before = {part.name for stage in stages for part in stage if part_pid(home, part.name)}
    try:
        for stage in stages:
            _together(lambda part: bring_up(home, part), stage)
    except PlatformError:
        fresh = [part for stage in stages for part in stage if part.name not in before]
        _together(lambda part: take_down(home, part), fresh)
        raise


def _together(do: Callable[[Part], None], parts: Sequence[Part]) -> None:
    with ThreadPoolExecutor(max_workers=len(parts) or 1) as pool:
        for done in [pool.submit(do, part) for part in parts]:
            done.result()


def _parts(platform: Platform) -> list[Part]:
    return [part for stage in _KINDS[platform.kind].stages(platform) for part in stage]


def _part(home: Path, name: str) -> Part:
    platform = state.load(home)
    if platform is None:
        raise PlatformError(f"No platform was started in {home}. Start one first: `pagebus up`.")
    parts = {part.name: part for part in _parts(platform)}
    if name not in parts:
        raise PlatformError(f"The {platform.kind} platform has no part {name}; it has {', '.join(sorted(parts))}.")
    return parts[name]
