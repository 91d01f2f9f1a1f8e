"""The real platform: Apache Kafka, versitygw and PostgreSQL, which keep their data."""

import json
import subprocess
import uuid
from pathlib import Path

from events.topics import UPLOADS
from local.platform import buckets, installed, postgres, topics
from local.platform.endpoints import Endpoints
from local.platform.errors import PlatformError
from local.platform.part import Part
from local.platform.state import Platform
from local.platform.topics import Topic

PORTS: tuple[str, ...] = ("kafka", "controller", "s3", "postgres")
_ACCESS_KEY = "pagebus"
#: One node: nothing can be replicated, and a group need not wait for members that are still starting.
ONE_NODE = """\
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
_KAFKA = """\
listeners=PLAINTEXT://127.0.0.1:{kafka},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{kafka}
log.dirs={data}
"""
JAVA = ("java", "-Xms128m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def endpoints(platform: Platform) -> Endpoints:
    return Endpoints(
        kafka=f"127.0.0.1:{platform.ports['kafka']}",
        s3=f"http://127.0.0.1:{platform.ports['s3']}",
        s3_access_key=_ACCESS_KEY,
        s3_secret_key=platform.secret,
        s3_region="us-east-1",
        database=postgres.url(platform),
    )


def stages(platform: Platform) -> list[list[Part]]:
    """The parts; those of a stage start together, each stage needs the one before.

    S3 comes second: the first thing that it does is to announce itself on the topic of uploads.
    """
    return [[_kafka(platform), postgres.part(platform, durable=True)], [_s3(platform)]]


def _kafka(platform: Platform) -> Part:
    config = platform.data / "kafka.properties"
    wanted = {topic.name: topic for topic in (Topic(UPLOADS), *platform.topics)}
    return Part(
        name="kafka",
        command=[*JAVA, "-cp", f"{installed.kafka_jars()}/*", "kafka.Kafka", str(config)],
        port=platform.ports["kafka"],
        prepare=lambda: _format_kafka(platform, config),
        provision=lambda: topics.provide(endpoints(platform).kafka, wanted.values()),
    )


def _format_kafka(platform: Platform, config: Path) -> None:
    installed.check()
    data = platform.data / "kafka"
    data.mkdir(parents=True, exist_ok=True)
    config.write_text((ONE_NODE + _KAFKA).format(data=data, **platform.ports))
    if (data / "meta.properties").exists():
        return
    tool = [*JAVA, "-cp", f"{installed.kafka_jars()}/*", "kafka.tools.StorageTool"]
    done = subprocess.run(
        [*tool, "format", "-t", str(uuid.uuid4()), "-c", str(config)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise PlatformError(f"The platform's kafka could not format {data}:\n{done.stdout}{done.stderr}".strip())


def _s3(platform: Platform) -> Part:
    there = endpoints(platform)
    objects, versions = platform.data / "s3", platform.data / "s3-versions"
    events = platform.data / "s3-events.json"

    def prepare() -> None:
        for folder in (objects, versions):
            folder.mkdir(parents=True, exist_ok=True)
        # It can choose by type of event, not by bucket or key: what happens to results is told too.
        events.write_text(json.dumps({"s3:ObjectCreated:*": True}))

    told = ["--event-kafka-url", there.kafka, "--event-kafka-topic", UPLOADS, "--event-filter", str(events)]
    served = ["--quiet", "--port", there.s3.removeprefix("http://"), "--region", there.s3_region]
    return Part(
        name="s3",
        command=[str(installed.versitygw()), *served, *told, "posix", "--versioning-dir", str(versions), str(objects)],
        port=platform.ports["s3"],
        environment={"ROOT_ACCESS_KEY": there.s3_access_key, "ROOT_SECRET_KEY": there.s3_secret_key},
        prepare=prepare,
        provision=lambda: buckets.make(there),
    )
