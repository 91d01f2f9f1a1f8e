"""The stack of a home folder: the platform, the database tables and the twin, which start and stop together."""

import shutil
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from confluent_kafka import KafkaException

from events.topics import UPLOADS
from functions.runtime.migrations import migrate
from local.cli.shell import home as homes
from local.cli.shell.errors import CommandFailedError
from local.cli.shell.home import PlatformKind, StackRecord
from local.cli.shell.screen import StepReporter
from local.cli.stack import twin
from local.cli.stack.twin import RunningTwin
from local.manifests.cluster import KafkaTopic
from local.manifests.loading import Manifests, load_manifests
from local.manifests.serving import Service
from local.platform import lifecycle, topics
from local.platform.endpoints import Endpoints
from local.telemetry import TELEMETRY
from local.twin.checks import check_manifests
from local.twin.sources.topics import to_topic
from local.twin.unavailable_engines import find_unavailable_engines, list_engine_topics

GATEWAY, INTAKE = "gateway", "intake"
_PLATFORM_PARTS = ("kafka", "s3", "postgres")


@dataclass(frozen=True)
class StackSpec:
    """The stack to start. `platform` is a kind or the user's own servers. `manifests` are absolute paths of folders."""

    platform: Literal["embedded", "real"] | Endpoints
    manifests: tuple[str, ...]

    @property
    def kind(self) -> PlatformKind:
        return "yours" if isinstance(self.platform, Endpoints) else self.platform


@dataclass(frozen=True)
class Stack:
    """A running stack: the record of its platform and manifests, and the twin that runs in this home folder."""

    home: Path
    record: StackRecord
    twin: RunningTwin

    @property
    def endpoints(self) -> Endpoints:
        """The servers of the platform."""
        return self.record.endpoints


def find_running(home: Path | None = None) -> Stack | None:
    """Return the stack of `home`, or None if a part of the stack does not run. None stands for the default home."""
    home = home or homes.find_home()
    record, running_twin = homes.load_record(home), twin.find_twin(home)
    if record is None or running_twin is None or find_endpoints(home) is None:
        return None
    return Stack(home, record, running_twin)


def require_stack(home: Path | None = None) -> Stack:
    """Return the running stack of `home`. None stands for the default home, which `find_home` returns.

    Raise CommandFailedError if a part of the stack does not run. The message names this part.
    """
    home = home or homes.find_home()
    if (running_stack := find_running(home)) is not None:
        return running_stack
    if homes.load_record(home) is None:
        raise CommandFailedError(f"Pagebus does not run in {home}. Start it: `pagebus up --detach`.")
    raise CommandFailedError(
        f"{_name_stopped_parts(home)} has ended; logs are in {home / 'logs'}. Start it again: `pagebus up --detach`."
    )


def require_stack_with_intake() -> Stack:
    """Return the running stack of the default home.

    Raise CommandFailedError if a part does not run, or if the manifests have no function `intake` to read uploads.
    """
    running_stack = require_stack()
    if INTAKE not in twin.list_functions(running_stack.twin):
        raise CommandFailedError(
            "No function named intake runs, so no upload would be read. `pagebus status` lists functions."
        )
    return running_stack


def check_not_brought_down() -> None:
    """Raise CommandFailedError if `pagebus down` has stopped the stack of the default home."""
    home = homes.find_home()
    if homes.load_record(home) is None:
        require_stack(home)


def _name_stopped_parts(home: Path) -> str:
    if find_endpoints(home) is not None:
        return "The twin"
    stopped_parts = (part for part in _PLATFORM_PARTS if lifecycle.find_server_pid(home, part) is None)
    return "The platform's " + " and ".join(stopped_parts)


def is_anything_running(home: Path) -> bool:
    """Return whether the twin or the platform runs. If so, a stack with another StackSpec cannot start."""
    return twin.find_twin(home) is not None or lifecycle.find_running_platform(home) is not None


def find_endpoints(home: Path) -> Endpoints | None:
    """Return the servers of the platform, or None if any of them does not run.

    The user's own servers are returned without a check.
    """
    record = homes.load_record(home)
    if record is not None and record.platform == "yours":
        return record.endpoints
    return lifecycle.find_running_platform(home)


def bring_up(home: Path, spec: StackSpec, report_step: StepReporter) -> Stack:
    """Start every part of the stack that does not run yet, and return the stack.

    Raise ManifestError, before any part starts, if a manifest is invalid. Raise PlatformError or CommandFailedError if
    a part does not start.
    """
    manifests = load_manifests([Path(folder) for folder in spec.manifests])
    check_manifests(manifests)
    must_start_platform = find_endpoints(home) is None and spec.kind != "yours"
    with _report_step_if(report_step, f"platform ({spec.kind})", is_reported=must_start_platform):
        record = StackRecord(spec.kind, spec.manifests, _start_platform(home, spec, manifests))
    last_record = homes.load_record(home)
    homes.save_record(home, record)
    with report_step("tables"):
        migrate(record.endpoints.database)
    running_twin = twin.find_twin(home)
    if running_twin is None or record != last_record:
        twin.stop_twin(home)
        if spec.kind == "real":
            _remove_topics_of_unavailable_engines(manifests, record.endpoints.kafka)
        with report_step("twin"):
            running_twin = twin.start_twin(home, spec.manifests, record.endpoints.as_environment())
    return Stack(home, record, running_twin)


def _remove_topics_of_unavailable_engines(manifests: Manifests, kafka: str) -> None:
    """Remove the topics of engines that ran here before and cannot run now, because intake would send pages to them.

    Only the real platform needs this: the embedded Kafka starts empty, and on a user's own Kafka these engines may run
    elsewhere. No page is lost, because the reconciler reassigns waiting pages to the next engines of their routes.
    """
    engines = {engine.engine for engine in find_unavailable_engines(manifests)}
    try:
        topics.delete_topics(kafka, list_engine_topics(manifests, engines))
    except KafkaException as error:
        raise CommandFailedError(
            f"The topics of unavailable engines could not be removed from Kafka: {error}. Run `pagebus up` again."
        ) from error


def bring_down(home: Path, report_step: StepReporter) -> bool:
    """Stop every part of the stack, and return whether there was a record or a running twin.

    With the embedded platform, also delete the stored traces, because their documents are lost.
    """
    record = homes.load_record(home)
    was_up = record is not None
    # The embedded platform keeps no data, so the twin need not finish the events in flight.
    should_drain = record is None or record.platform != "embedded"
    with _report_step_if(report_step, "twin", is_reported=twin.is_running(home)):
        was_up |= twin.stop_twin(home, should_drain=should_drain)
    is_platform_running = any(lifecycle.find_server_pid(home, part) for part in _PLATFORM_PARTS)
    with _report_step_if(report_step, "platform", is_reported=is_platform_running):
        lifecycle.stop_platform(home)
    if record is not None and record.platform == "embedded":
        shutil.rmtree(home / TELEMETRY, ignore_errors=True)
    homes.delete_record(home)
    return was_up


def _report_step_if(report_step: StepReporter, name: str, *, is_reported: bool) -> AbstractContextManager[None]:
    return report_step(name) if is_reported else nullcontext()


def _start_platform(home: Path, spec: StackSpec, manifests: Manifests) -> Endpoints:
    if isinstance(spec.platform, Endpoints):
        return spec.platform
    has_gateway = any(service.name == GATEWAY for service in manifests.select(Service))
    notification_url = (
        f"http://127.0.0.1:{twin.reserve_port(home, GATEWAY)}/v1/notifications/s3" if has_gateway else None
    )
    # The S3 server needs the topic of uploads before the twin starts. The twin creates all other topics.
    early_topics = [to_topic(topic) for topic in manifests.select(KafkaTopic) if topic.topic == UPLOADS]
    return lifecycle.start_platform(spec.platform, home, notification_url, early_topics)
