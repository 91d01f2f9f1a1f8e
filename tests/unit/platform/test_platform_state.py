"""What a home remembers."""

from pathlib import Path

import pytest

from local.platform.endpoints import Endpoints
from local.platform.errors import PlatformError
from local.platform.lifecycle import running, start_part, stop
from local.platform.state import Platform, forget, free_port, load, save
from local.platform.topics import Topic

ENDPOINTS = Endpoints(
    kafka="127.0.0.1:1",
    s3="http://127.0.0.1:2",
    s3_access_key="key",
    s3_secret_key="secret",
    s3_region="us-east-1",
    database="postgresql://postgres@127.0.0.1:3/pagebus",
)


def test_endpoints_become_the_settings_that_all_functions_share() -> None:
    assert ENDPOINTS.environment() == {
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:2",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "DATABASE_URL": "postgresql://postgres@127.0.0.1:3/pagebus",
        "UPLOADS_BUCKET": "pagebus-uploads",
        "RESULTS_BUCKET": "pagebus-results",
    }


def test_a_platform_is_remembered_for_its_owner_only_and_forgotten(tmp_path: Path) -> None:
    topic = Topic("pagebus.uploads", 2, config={"retention.ms": "604800000"})
    platform = Platform(tmp_path, "real", "http://127.0.0.1:9/", (topic,), {"s3": 20_001}, "secret")
    save(platform)
    assert load(tmp_path) == platform
    assert (tmp_path / "platform.json").stat().st_mode & 0o077 == 0
    forget(platform)
    assert load(tmp_path) is None


def test_a_port_is_below_those_that_linux_gives_to_clients() -> None:
    first_of_clients = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert 1024 <= free_port() < first_of_clients


def test_where_nothing_was_started_nothing_runs_and_nothing_is_stopped(tmp_path: Path) -> None:
    assert running(tmp_path) is None
    stop(tmp_path)
    with pytest.raises(PlatformError, match="pagebus up"):
        start_part(tmp_path, "kafka")
