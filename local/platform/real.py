"""The real platform: Apache Kafka, versitygw and PostgreSQL, which keep their data when they stop."""

import json
import subprocess
import uuid
from pathlib import Path

from events.topics import UPLOADS
from local.platform import buckets, installation, postgres, topics
from local.platform.endpoints import Endpoints
from local.platform.errors import PlatformError
from local.platform.server import PlatformServer
from local.platform.state import Platform
from local.platform.topics import Topic

PORTS: tuple[str, ...] = ("kafka", "controller", "s3", "postgres")
_ACCESS_KEY = "pagebus"
#: Kafka's settings for one node: no replication, and no wait for further members of a new consumer group.
SINGLE_NODE_SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
auto.create.topics.enable=false
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
"""
_LISTENER_SETTINGS = """\
listeners=PLAINTEXT://127.0.0.1:{kafka},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{kafka}
log.dirs={data}
"""
JAVA_COMMAND = ("java", "-Xms128m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def build_endpoints(platform: Platform) -> Endpoints:
    return Endpoints(
        kafka=f"127.0.0.1:{platform.ports['kafka']}",
        s3=f"http://127.0.0.1:{platform.ports['s3']}",
        s3_access_key=_ACCESS_KEY,
        s3_secret_key=platform.secret,
        s3_region="us-east-1",
        database=postgres.build_url(platform),
    )


def build_stages(platform: Platform) -> list[list[PlatformServer]]:
    """Return the servers in stages. The servers of a stage start together, after all servers of the stage before.

    S3 is in the second stage, because it publishes a message to the topic of uploads when it starts.
    """
    return [[_build_kafka(platform), postgres.build_server(platform, is_durable=True)], [_build_s3(platform)]]


def _build_kafka(platform: Platform) -> PlatformServer:
    config = platform.data / "kafka.properties"
    required = {topic.name: topic for topic in (Topic(UPLOADS), *platform.topics)}
    return PlatformServer(
        name="kafka",
        command=[*JAVA_COMMAND, "-cp", f"{installation.get_kafka_folder()}/*", "kafka.Kafka", str(config)],
        port=platform.ports["kafka"],
        prepare=lambda: _format_kafka(platform, config),
        provision=lambda: topics.ensure_topics(build_endpoints(platform).kafka, required.values()),
    )


def _format_kafka(platform: Platform, config: Path) -> None:
    """Write the broker's configuration, and format its data folder if it is new."""
    installation.check_installed()
    data = platform.data / "kafka"
    data.mkdir(parents=True, exist_ok=True)
    config.write_text((SINGLE_NODE_SETTINGS + _LISTENER_SETTINGS).format(data=data, **platform.ports))
    if (data / "meta.properties").exists():
        return
    storage_tool = [*JAVA_COMMAND, "-cp", f"{installation.get_kafka_folder()}/*", "kafka.tools.StorageTool"]
    command = [*storage_tool, "format", "-t", str(uuid.uuid4()), "-c", str(config)]
    completed = subprocess.run(command, capture_output=True, text=True, check=False)
    if completed.returncode != 0:
        raise PlatformError(
            f"The platform's kafka could not format {data}:\n{(completed.stdout + completed.stderr).strip()}\n"
            "Fix the cause, then start again."
        )


def _build_s3(platform: Platform) -> PlatformServer:
    endpoints = build_endpoints(platform)
    objects, versions = platform.data / "s3", platform.data / "s3-versions"
    event_filter = platform.data / "s3-events.json"

    def prepare() -> None:
        for folder in (objects, versions):
            folder.mkdir(parents=True, exist_ok=True)
        # versitygw filters by event type only, not by bucket or key, so it also publishes events of results.
        event_filter.write_text(json.dumps({"s3:ObjectCreated:*": True}))

    events = ["--event-kafka-url", endpoints.kafka, "--event-kafka-topic", UPLOADS, "--event-filter", str(event_filter)]
    server = ["--quiet", "--port", endpoints.s3.removeprefix("http://"), "--region", endpoints.s3_region]
    backend = ["posix", "--versioning-dir", str(versions), str(objects)]
    return PlatformServer(
        name="s3",
        command=[str(installation.get_versitygw_path()), *server, *events, *backend],
        port=platform.ports["s3"],
        environment={"ROOT_ACCESS_KEY": endpoints.s3_access_key, "ROOT_SECRET_KEY": endpoints.s3_secret_key},
        prepare=prepare,
        provision=lambda: buckets.create_missing_buckets(endpoints),
    )
