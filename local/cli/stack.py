"""Platform, tables and twin: brought up together, brought down together."""

import shutil
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from confluent_kafka import KafkaException

from events.topics import UPLOADS
from functions.runtime.migrations import migrate
from local.cli import home as homes
from local.cli import twin
from local.cli.errors import Failed
from local.cli.home import Kind, Started
from local.cli.screen import Step
from local.manifests import loading as manifests
from local.manifests.cluster import KafkaTopic
from local.manifests.serving import Service
from local.platform import lifecycle, topics
from local.platform.endpoints import Endpoints
from local.telemetry import TELEMETRY
from local.twin.checks import check
from local.twin.left_out import left_out, topics_of
from local.twin.sources.topics import asked

GATEWAY, INTAKE = "gateway", "intake"
_PARTS = ("kafka", "s3", "postgres")


@dataclass(frozen=True)
class Wanted:
    """What is to be brought up: a kind of platform, or on the user's own; absolute folders of manifests."""

    platform: Literal["embedded", "real"] | Endpoints
    manifests: tuple[str, ...]

    @property
    def kind(self) -> Kind:
        return "yours" if isinstance(self.platform, Endpoints) else self.platform


@dataclass(frozen=True)
class Stack:
    """What is up."""

    started: Started
    twin: twin.Twin


def running(home: Path) -> Stack | None:
    """The whole of it, if all of it is up."""
    started, there = homes.recall(home), twin.running(home)
    if started is None or there is None or endpoints(home) is None:
        return None
    return Stack(started, there)


def required(home: Path) -> Stack:
    """The whole of it. Raises Failed, saying what is missing."""
    if (up := running(home)) is not None:
        return up
    if homes.recall(home) is None:
        raise Failed(f"Nothing is up in {home}. Start it: `pagebus up --detach`.")
    raise Failed(f"{_missing(home)} has ended; logs are in {home / 'logs'}. Start it again: `pagebus up --detach`.")


def with_intake(home: Path) -> Stack:
    """The whole of it, where somebody takes uploads. Raises Failed, also where other manifests run that take none."""
    up = required(home)
    if INTAKE not in twin.functions(up.twin):
        raise Failed("No intake runs among these functions, so nobody would read it. `pagebus status` lists them.")
    return up


def _missing(home: Path) -> str:
    if endpoints(home) is not None:
        return "The twin"
    return "The platform's " + " and ".join(part for part in _PARTS if lifecycle.part_pid(home, part) is None)


def anything_alive(home: Path) -> bool:
    """Whether something runs that another request would have to replace."""
    return twin.running(home) is not None or lifecycle.running(home) is not None


def endpoints(home: Path) -> Endpoints | None:
    """Where the platform is, if all of it runs."""
    started = homes.recall(home)
    if started is not None and started.platform == "yours":
        return started.endpoints
    return lifecycle.running(home)


def bring_up(home: Path, wanted: Wanted, step: Step) -> Stack:
    """Start what does not run. Raises ManifestError before anything is started, PlatformError, Failed."""
    loaded = manifests.load([Path(folder) for folder in wanted.manifests])
    check(loaded)
    with _shown(step, f"platform ({wanted.kind})", when=endpoints(home) is None and wanted.kind != "yours"):
        started = Started(wanted.kind, wanted.manifests, _platform(home, wanted, loaded))
    before = homes.recall(home)
    homes.remember(home, started)
    with step("tables"):
        migrate(started.endpoints.database)
    there = twin.running(home)
    if there is None or started != before:
        twin.stop(home)
        if wanted.kind == "real":
            _forget_left_out(loaded, started.endpoints.kafka)
        with step("twin"):
            there = twin.start(home, wanted.manifests, started.endpoints.environment())
    return Stack(started, there)


def _forget_left_out(loaded: manifests.Manifests, kafka: str) -> None:
    """Engines that ran here before and cannot now leave no topics behind, or intake would have pages wait there.

    On the platform of this home alone: on somebody's own Kafka they may run elsewhere. The embedded one keeps nothing.
    What waits for them is not lost: the reconciler sets it in motion along its route.
    """
    absent = {one.engine for one in left_out(loaded)}
    try:
        topics.remove(kafka, topics_of(loaded, absent))
    except KafkaException as error:
        raise Failed(f"Kafka keeps topics of engines that are left out ({error}). `pagebus up` tries again.") from error


def bring_down(home: Path, step: Step) -> bool:
    """End everything; whether there was anything."""
    started = homes.recall(home)
    was_up = started is not None
    # What the embedded platform holds is forgotten: there is nothing to finish.
    drain = started is None or started.platform != "embedded"
    with _shown(step, "twin", when=twin.alive(home)):
        was_up |= twin.stop(home, drain=drain)
    with _shown(step, "platform", when=any(lifecycle.part_pid(home, part) for part in _PARTS)):
        lifecycle.stop(home)
    if started is not None and started.platform == "embedded":
        shutil.rmtree(home / TELEMETRY, ignore_errors=True)  # of documents that are forgotten
    homes.forget(home)
    return was_up


def _shown(step: Step, name: str, *, when: bool) -> AbstractContextManager[None]:
    """A line only for a step that has something to do."""
    return step(name) if when else nullcontext()


def _platform(home: Path, wanted: Wanted, loaded: manifests.Manifests) -> Endpoints:
    if isinstance(wanted.platform, Endpoints):
        return wanted.platform
    has_gateway = any(service.name == GATEWAY for service in loaded.of(Service))
    notify = f"http://127.0.0.1:{twin.port_of(home, GATEWAY)}/v1/notifications/s3" if has_gateway else None
    # The S3 server announces itself there; all others the twin makes.
    early = [asked(topic) for topic in loaded.of(KafkaTopic) if topic.topic == UPLOADS]
    return lifecycle.start(wanted.platform, home, notify, early)
