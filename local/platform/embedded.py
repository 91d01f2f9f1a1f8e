"""The embedded platform: all from PyPI, up in seconds, forgotten when it is stopped."""

import sys
from pathlib import Path

from local.platform import buckets, postgres, topics
from local.platform.endpoints import Endpoints
from local.platform.part import Part
from local.platform.state import Platform

PORTS: tuple[str, ...] = ("s3", "postgres")


def endpoints(platform: Platform) -> Endpoints:
    """Raise FileNotFoundError until the broker has said which port it has."""
    return Endpoints(
        kafka=_address_file(platform).read_text(),
        s3=f"http://127.0.0.1:{platform.ports['s3']}",
        s3_access_key="pagebus",
        s3_secret_key=platform.secret,
        s3_region="us-east-1",
        database=postgres.url(platform),
    )


def stages(platform: Platform) -> list[list[Part]]:
    """The parts; those of a stage start together, each stage needs the one before."""
    return [[_kafka(platform), _s3(platform), postgres.part(platform, durable=False)]]


def _kafka(platform: Platform) -> Part:
    file = _address_file(platform)

    def prepare() -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)

    return Part(
        name="kafka",
        command=_script("kafka_embedded.py", str(file)),
        port=None,
        prepare=prepare,
        provision=lambda: topics.provide(file.read_text(), platform.topics),
    )


def _s3(platform: Platform) -> Part:
    def provision() -> None:
        there = endpoints(platform)
        buckets.make(there)
        buckets.notify(there, platform.notify)

    port = platform.ports["s3"]
    return Part(name="s3", command=_script("s3_embedded.py", str(port)), port=port, provision=provision)


def _address_file(platform: Platform) -> Path:
    return platform.data / "kafka.address"


def _script(name: str, argument: str) -> list[str]:
    # -P: the script's folder is no place to look for modules.
    return [sys.executable, "-P", str(Path(__file__).with_name(name)), argument]
