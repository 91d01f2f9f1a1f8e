"""`pagebus doctor` on the embedded platform: intact, without its database, and with invalid manifests."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from local.platform.lifecycle import start_server_by_name, stop_server_by_name
from tests.kit import ROOT, PagebusStack, run_pagebus, wait_for

Finding = Mapping[str, Any]


def examine(home: Path, *flags: str) -> tuple[int, list[Finding]]:
    """Return the exit code and the findings."""
    result = run_pagebus("doctor", "--json", *flags, home=home)
    assert result.stderr.count("Traceback") == 0
    return result.returncode, json.loads(result.stdout)


def select_wrong(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding["state"] == "wrong"]


def list_object_keys(bus: PagebusStack) -> set[tuple[str, str]]:
    """Return bucket and key of each object in both buckets."""
    s3, buckets = bus.create_s3_client(), [bus.environment[name] for name in ("UPLOADS_BUCKET", "RESULTS_BUCKET")]
    pages = [(bucket, s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)) for bucket in buckets]
    return {(bucket, item["Key"]) for bucket, listed in pages for page in listed for item in page.get("Contents", ())}


def change_manifest(folder: Path, name: str, old: str, new: str) -> list[str]:
    """Return options for the product's manifests, with a change in one of them."""
    shutil.copytree(ROOT / "knative/base", folder / "base")
    file = folder / "base" / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return ["--manifests", str(folder / "base"), "--manifests", str(ROOT / "infra/kafka")]


def test_running_stack_has_no_wrong_finding(bus: PagebusStack) -> None:
    code, findings = examine(bus.home)

    assert (code, select_wrong(findings)) == (0, [])
    checks = {(finding["group"], finding["check"]) for finding in findings}
    assert {finding["group"] for finding in findings} == {
        *("machine", "tools", "packages", "models", "manifests", "settings", "servers", "twin")
    }
    assert {
        *(("machine", "sandbox"), ("machine", "clock of S3"), ("machine", "clock of PostgreSQL")),
        *(("servers", "Kafka"), ("servers", "topics"), ("servers", "conditional writes"), ("servers", "notification")),
        *(("servers", "PostgreSQL"), ("servers", "tables"), ("servers", "dead letters"), ("twin", "gateway")),
        *(("settings", "intake"), ("models", "tesseract"), ("packages", "tesseract")),
    } <= checks


def test_doctor_leaves_no_objects_and_no_events(bus: PagebusStack) -> None:
    before = list_object_keys(bus), len(bus.read_records("pagebus.uploads"))

    examine(bus.home)

    assert (list_object_keys(bus), len(bus.read_records("pagebus.uploads"))) == before


def test_stopped_database_is_the_only_wrong_finding(bus: PagebusStack) -> None:
    stop_server_by_name(bus.home, "postgres")
    try:
        code, findings = examine(bus.home)
        result = run_pagebus("doctor", home=bus.home)
    finally:
        start_server_by_name(bus.home, "postgres")

    assert code == 1
    [finding] = select_wrong(findings)
    assert (finding["group"], finding["check"]) == ("servers", "PostgreSQL")
    assert "pagebus up --detach" in finding["advice"]
    assert "✗" in result.stdout
    assert "PostgreSQL" in result.stdout
    wait_for(lambda: examine(bus.home)[0] == 0, what="a doctor without wrong findings")


def test_single_server_can_be_checked(bus: PagebusStack) -> None:
    code, findings = examine(bus.home, "--database", bus.environment["DATABASE_URL"])

    servers = [finding["check"] for finding in findings if finding["group"] == "servers"]
    assert code == 0
    assert servers == ["PostgreSQL", "connections", "tables", "dead letters"]


GROUPS = """          envFrom:
            - configMapRef:
                name: pagebus
            - secretRef:
                name: pagebus
"""


@pytest.mark.parametrize(
    ("old", "new", "found", "advice"),
    [
        ('value: "240"', "value: soon", "DEADLINE_SECONDS: Input should be a valid number", "Correct DEADLINE_SECONDS"),
        ("name: CONCURRENCY", "name: CONCURENCY", "no function reads CONCURENCY", "Write CONCURRENCY"),
        (GROUPS, "", "KAFKA_BOOTSTRAP_SERVERS: Field required. It must hold Kafka brokers", "Set KAFKA_BOOTSTRAP"),
    ],
    ids=["wrong", "misspelt", "unset"],
)
def test_invalid_setting_is_reported_with_its_place(
    tmp_path: Path, old: str, new: str, found: str, advice: str
) -> None:
    code, findings = examine(tmp_path / "home", *change_manifest(tmp_path, "intake.yaml", old, new))

    [setting] = [finding for finding in select_wrong(findings) if finding["found"].startswith(found)]
    assert code == 1
    assert (setting["group"], setting["check"]) == ("settings", "intake")
    assert setting["advice"].startswith(advice)
    assert "intake.yaml: Service intake" in setting["advice"]


def test_doctor_without_a_stack_advises_up(tmp_path: Path) -> None:
    code, findings = examine(tmp_path / "home")

    [servers] = [finding for finding in findings if finding["group"] == "servers"]
    assert code == 0
    assert "pagebus up --detach" in servers["advice"]
    assert not (tmp_path / "home").exists()
