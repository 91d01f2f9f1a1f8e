"""The embedded platform: servers from PyPI that start in seconds and lose their data when they stop."""

import sys
from pathlib import Path

from local.platform import buckets, postgres, topics
from local.platform.endpoints import Endpoints
from local.platform.server import PlatformServer
from local.platform.state import Platform

PORTS: tuple[str, ...] = ("s3", "postgres")


def build_endpoints(platform: Platform) -> Endpoints:
    """Return the endpoints of the platform. Raise FileNotFoundError if the broker has not written its address yet."""
    return Endpoints(
        kafka=_get_address_path(platform).read_text(),
        s3=f"http://127.0.0.1:{platform.ports['s3']}",
        s3_access_key="pagebus",
        s3_secret_key=platform.secret,
        s3_region="us-east-1",
        database=postgres.build_url(platform),
    )


def build_stages(platform: Platform) -> list[list[PlatformServer]]:
    """Return the servers in stages. The servers of a stage start together, after all servers of the stage before."""
    return [[_build_kafka(platform), _build_s3(platform), postgres.build_server(platform, is_durable=False)]]


def _build_kafka(platform: Platform) -> PlatformServer:
    address_path = _get_address_path(platform)

    def prepare() -> None:
        address_path.parent.mkdir(parents=True, exist_ok=True)
        address_path.unlink(missing_ok=True)

    return PlatformServer(
        name="kafka",
        command=_build_script_command("kafka_embedded.py", str(address_path)),
        port=None,
        prepare=prepare,
        provision=lambda: topics.ensure_topics(address_path.read_text(), platform.topics),
    )


def _build_s3(platform: Platform) -> PlatformServer:
    def provision() -> None:
        endpoints = build_endpoints(platform)
        buckets.create_missing_buckets(endpoints)
        buckets.set_notification_url(endpoints, platform.notify)

    port = platform.ports["s3"]
    command = _build_script_command("s3_embedded.py", str(port))
    return PlatformServer(name="s3", command=command, port=port, provision=provision)


def _get_address_path(platform: Platform) -> Path:
    return platform.data / "kafka.address"


def _build_script_command(name: str, argument: str) -> list[str]:
    # Without the option -P, Python would import modules from the script's folder first, and they could hide libraries.
    return [sys.executable, "-P", str(Path(__file__).with_name(name)), argument]
