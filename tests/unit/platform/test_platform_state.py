"""Tests of the platform's settings that a home stores."""

from pathlib import Path

import pytest

from local.platform.endpoints import Endpoints
from local.platform.errors import PlatformError
from local.platform.lifecycle import find_running_platform, start_server_by_name, stop_platform
from local.platform.state import Platform, delete_platform, find_free_port, load_platform, save_platform
from local.platform.topics import Topic

ENDPOINTS = Endpoints(
    kafka="127.0.0.1:1",
    s3="http://127.0.0.1:2",
    s3_access_key="key",
    s3_secret_key="secret",
    s3_region="us-east-1",
    database="postgresql://postgres@127.0.0.1:3/pagebus",
)


def test_endpoints_become_environment_variables() -> None:
    assert ENDPOINTS.as_environment() == {
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:2",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "DATABASE_URL": "postgresql://postgres@127.0.0.1:3/pagebus",
        "UPLOADS_BUCKET": "pagebus-uploads",
        "RESULTS_BUCKET": "pagebus-results",
    }


def test_platform_is_stored_for_its_owner_and_deleted(tmp_path: Path) -> None:
    topic = Topic("pagebus.uploads", 2, config={"retention.ms": "604800000"})
    platform = Platform(tmp_path, "real", "http://127.0.0.1:9/", (topic,), {"s3": 20_001}, "secret")
    save_platform(platform)
    assert load_platform(tmp_path) == platform
    assert (tmp_path / "platform.json").stat().st_mode & 0o077 == 0
    delete_platform(platform)
    assert load_platform(tmp_path) is None


def test_free_port_is_below_the_ports_of_clients() -> None:
    first_client_port = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert 1024 <= find_free_port() < first_client_port


def test_home_without_platform_has_nothing_to_stop(tmp_path: Path) -> None:
    assert find_running_platform(tmp_path) is None
    stop_platform(tmp_path)
    with pytest.raises(PlatformError, match="pagebus up"):
        start_server_by_name(tmp_path, "kafka")
